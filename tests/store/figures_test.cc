// SPDX-License-Identifier: BSD-2-Clause
//
// What reports are made of: events in order, recipients by how often their mail came back, the outbox by kind and state.
#include "store/figures.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Event event(const std::string& id, const std::string& recipient, Seconds time, const std::string& type = "bounce", const std::string& domain = "example.com") {
    auto e = sample_event(id, "t", id, time);
    e.recipient = recipient;
    e.type = type;
    e.domain = domain;
    return e;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(events_and_recipients) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, Report{{event("e1", "b@x.test", noon + 5), event("e2", "a@x.test", noon), event("e3", "b@x.test", noon + 9), event("e4", "c@x.test", noon, "delay"),
                                        event("e5", "d@x.test", noon - 1), event("e6", "a@x.test", noon, "bounce", "other.test")},
                                       {},
                                       true})
                      .durable);
    std::string order, recipients;
    store.each_event("example.com", noon, [&](const Event& e) { order += e.id + "/" + e.recipient + "/" + e.type + "/" + std::to_string(e.time - noon) + " "; });
    BOOST_TEST(order == "e2/a@x.test/bounce/0 e4/c@x.test/delay/0 e1/b@x.test/bounce/5 e3/b@x.test/bounce/9 ");
    store.each_bounced_recipient("example.com", noon, [&](const BouncedRecipient& r) { recipients += r.address + "/" + std::to_string(r.count) + "/" + std::to_string(r.last - noon) + " "; });
    BOOST_TEST(recipients == "b@x.test/2/9 a@x.test/1/0 ");
    std::string document;
    store.each_event("other.test", 0, [&](const Event& e) { document = e.document + e.status + e.diagnostic; });
    BOOST_TEST(document == R"({"type":"bounce"}5.1.1550 5.1.1 No such user)");
}

BOOST_AUTO_TEST_CASE(outbox) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto old_waiting = sample_outgoing("a", noon - 100), old_done = sample_outgoing("b", noon - 90), done = sample_outgoing("c", noon), notice = sample_outgoing("d", noon + 1);
    notice.kind = Outgoing::Kind::notice;
    BOOST_REQUIRE(record(store, Report{{}, {old_waiting, old_done, done, notice}, true}).durable);
    store.mark_queued(store.outgoing_of("b")[0].id, "Q1", noon);
    store.mark_queued(store.outgoing_of("c")[0].id, "Q2", noon);
    std::string listed;
    for (const auto& c : store.outbox_counts("example.com", noon)) listed += c.kind + "/" + c.state + "/" + std::to_string(c.count) + "/" + std::to_string(c.oldest - noon) + " ";
    BOOST_TEST(listed == "handback/pending/1/-100 handback/queued/1/0 notice/pending/1/1 ");
    BOOST_TEST(store.outbox_counts("none.test", 0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
