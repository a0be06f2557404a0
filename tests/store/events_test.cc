// SPDX-License-Identifier: BSD-2-Clause
//
// Events: once each, listed by token, domain, type and time.
#include "store/events.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

std::string ids(const std::vector<Event>& events) {
    std::string text;
    for (const auto& event : events) text += event.id + " ";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(comes_back_whole) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const auto sent = sample_event("evt_1", "t1", "key");
    BOOST_REQUIRE(record(store, Report{{sent}, {}, true}).durable);
    const auto found = store.events_of("t1");
    BOOST_REQUIRE(found.size() == 1U);
    const auto& e = found.front();
    BOOST_TEST(e.id == sent.id);
    BOOST_TEST(e.time == sent.time);
    BOOST_TEST(e.type == sent.type);
    BOOST_TEST(e.domain == sent.domain);
    BOOST_TEST(e.recipient == sent.recipient);
    BOOST_TEST(e.status == sent.status);
    BOOST_TEST(e.action == sent.action);
    BOOST_TEST(e.diagnostic == sent.diagnostic);
    BOOST_TEST(e.matched_by == sent.matched_by);
    BOOST_TEST(e.dedupe == sent.dedupe);
    BOOST_TEST(e.document == sent.document);
    BOOST_REQUIRE(store.find_event("evt_1"));
    BOOST_TEST(store.find_event("evt_1")->document == sent.document);
    BOOST_TEST(store.find_event("evt_1")->token == "t1");
    BOOST_TEST(!store.find_event("evt_"));
    BOOST_TEST(!store.find_event(""));
}

BOOST_AUTO_TEST_CASE(duplicates) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const struct {
        Report report;
        int want_fresh;
        std::size_t want_outgoing;   // in the store, after it
        std::int64_t want_bounced;
    } rows[] = {
        {{{sample_event("e1", "t", "k1")}, {sample_outgoing("t")}, true}, 1, 1, 1},
        {{{sample_event("e2", "t", "k1")}, {sample_outgoing("t")}, true}, 0, 1, 1},                                // the same bounce again
        {{{sample_event("e3", "t", "k1"), sample_event("e4", "t", "k2")}, {sample_outgoing("t")}, true}, 1, 2, 2},  // one of two is new
        {{{sample_event("e5", "t", "k1")}, {sample_outgoing("t")}, false}, 0, 3, 2},                               // told whatever it is
        {{{}, {sample_outgoing("t")}, true}, 0, 4, 2},                                                             // no event at all
        {{{sample_event("e6", "t", ""), sample_event("e7", "t", "")}, {}, true}, 2, 4, 4},                          // no key is no duplicate
        {{{sample_event("e8", "t", "k8"), sample_event("e9", "t", "k8")}, {}, true}, 1, 4, 5},                      // twice in one report
    };
    for (const auto& row : rows) {
        const auto outcome = record(store, row.report);
        BOOST_TEST(outcome.durable);
        BOOST_TEST(outcome.fresh_events == row.want_fresh);
        BOOST_TEST(store.outgoing_of("t").size() == row.want_outgoing);
        BOOST_TEST(store.counts("example.com", noon).bounced == row.want_bounced);
    }
    BOOST_TEST(ids(store.events_of("t")) == "e1 e4 e6 e7 e8 ");
}

BOOST_AUTO_TEST_CASE(an_id_twice_fails_whole) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, Report{{sample_event("e1", "t", "k1")}, {}, true}).durable);
    const auto outcome = record(store, Report{{sample_event("e2", "t", "k2"), sample_event("e1", "t", "k3")}, {sample_outgoing("t")}, true});
    BOOST_TEST(!outcome.durable);
    BOOST_TEST(ids(store.events_of("t")) == "e1 ");
    BOOST_TEST(store.outgoing_of("t").empty());
    BOOST_TEST(store.counts("example.com", noon).bounced == 1);
}

BOOST_AUTO_TEST_CASE(only_failures_count_as_bounced) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto delayed = sample_event("e1", "t", "k1");
    delayed.action = "delayed";
    auto not_handed_back = sample_event("e2", "t", "k2");
    not_handed_back.type = "handback-failed";
    BOOST_TEST(record(store, Report{{delayed, not_handed_back}, {}, true}).fresh_events == 2);
    BOOST_TEST(store.counts("example.com", noon).bounced == 0);
}

BOOST_AUTO_TEST_CASE(queries) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    Report report;
    const struct {
        const char *id, *domain, *type;
        Seconds time;
    } sent[] = {{"e1", "a.test", "bounce", noon}, {"e2", "b.test", "bounce", noon + 9}, {"e3", "a.test", "delay", noon + 5}, {"e4", "", "suspended", noon}};
    for (const auto& s : sent) {
        auto event = sample_event(s.id, "t", s.id, s.time);
        event.domain = s.domain;
        event.type = s.type;
        report.events.push_back(event);
    }
    BOOST_REQUIRE(record(store, report).fresh_events == 4);
    const struct {
        Store::EventQuery query;
        std::string want_ids;
    } rows[] = {
        {{}, "e2 e3 e4 e1 "},
        {{.domain = "a.test"}, "e3 e1 "},
        {{.domain = "a.test", .type = "bounce"}, "e1 "},
        {{.type = "bounce"}, "e2 e1 "},
        {{.domain = ""}, "e4 "},
        {{.since = noon + 5}, "e2 e3 "},
        {{.limit = 2}, "e2 e3 "},
        {{.domain = "none"}, ""},
    };
    for (const auto& row : rows) BOOST_TEST(ids(store.events(row.query)) == row.want_ids);
    BOOST_TEST(ids(store.events_of("t")) == "e1 e4 e3 e2 ");
}

BOOST_AUTO_TEST_SUITE_END()
