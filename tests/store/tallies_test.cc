// SPDX-License-Identifier: BSD-2-Clause
//
// Counts a domain and day, refusals that are written lazily, and the last message of a domain.
#include "store/tallies.hh"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Refusal refusal(const std::string& domain, const std::string& reason, Seconds time, bool observed = false) {
    return {domain, time, observed, reason, "550 5.7.1 no " + reason, "203.0.113.9", "crm@example.com"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tallies)

BOOST_AUTO_TEST_CASE(a_day_of_a_domain) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const Seconds midnight = noon - noon % day;
    int number = 0;
    for (const auto& [domain, time] : {std::pair{"a.test", midnight - 1}, std::pair{"a.test", midnight}, std::pair{"a.test", midnight + day - 1}, std::pair{"b.test", midnight}}) {
        auto m = sample_message("t" + std::to_string(number++), time);
        m.domain = domain;
        BOOST_REQUIRE(record(store, m).durable);
    }
    const struct {
        const char* domain;
        Seconds time;
        std::int64_t want_relayed;
    } rows[] = {{"a.test", midnight - 1, 1}, {"a.test", midnight + 5, 2}, {"a.test", midnight + day, 0}, {"b.test", noon, 1}, {"c.test", noon, 0}};
    for (const auto& row : rows) BOOST_TEST(store.counts(row.domain, row.time).relayed == row.want_relayed);
    BOOST_TEST(store.last_relayed("a.test")->token == "t2");
    BOOST_TEST(store.last_relayed("b.test")->token == "t3");
    BOOST_TEST(!store.last_relayed("c.test"));
}

BOOST_AUTO_TEST_CASE(refusals_are_written_within_about_a_second) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    store.record_refusal(refusal("a.test", "network", noon));
    for (int i = 0; i < 500 && !store.last_refusal("a.test"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_TEST(store.last_refusal("a.test").has_value());
    BOOST_TEST(store.counts("a.test", noon).refused == 1);
}

BOOST_AUTO_TEST_CASE(refusals_go_with_the_next_write) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 100; ++i) store.record_refusal(refusal("a.test", i % 2 ? "login" : "tls", noon + i, i % 4 == 0));
    store.record_refusal(refusal("b.test", "from", noon));
    BOOST_REQUIRE(record(store, sample_message("t")).durable);
    const auto counts = store.counts("a.test", noon);
    BOOST_TEST(counts.refused == 75);
    BOOST_TEST(counts.observed == 25);
    const auto last = store.last_refusal("a.test");
    BOOST_REQUIRE(last.has_value());
    BOOST_TEST(last->time == noon + 99);
    BOOST_TEST(last->reason == "login");
    BOOST_TEST(last->text == "550 5.7.1 no login");
    BOOST_TEST(last->client == "203.0.113.9");
    BOOST_TEST(last->login == "crm@example.com");
    BOOST_TEST(!last->observed);
    BOOST_TEST(store.last_refusal("b.test")->reason == "from");
    BOOST_TEST(!store.last_refusal("c.test"));
    store.record_refusal(refusal("a.test", "tls", noon + 200, true));
    BOOST_REQUIRE(record(store, sample_message("u")).durable);
    BOOST_TEST(store.last_refusal("a.test")->observed);
    BOOST_TEST(store.counts("a.test", noon).observed == 26);
}

BOOST_AUTO_TEST_CASE(refusals_survive_closing) {
    const Directory directory;
    { Store(directory.url(), Open::create).record_refusal(refusal("a.test", "network", noon)); }
    Store store(directory.url(), Open::existing);
    BOOST_TEST(store.counts("a.test", noon).refused == 1);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
    Tally tally;
    for (int i = 0; i < 20000; ++i) tally.refused(refusal("d" + std::to_string(i), "network", noon));
    const Directory directory;
    WriteSession session(directory.location(), Open::create);
    session.transaction([&] { session.tally.add(tally); });
    Tally again = tally;
    for (int i = 20000; i < 40000; ++i) tally.refused(refusal("d" + std::to_string(i), "network", noon));
    again.add(tally);
    session.transaction([&] { session.tally.add(again); });
    BOOST_TEST(directory.asked("SELECT count(*) FROM refusals") == "4096");
}

BOOST_AUTO_TEST_SUITE_END()
