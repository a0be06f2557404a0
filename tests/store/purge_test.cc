// SPDX-License-Identifier: BSD-2-Clause
//
// What a purge takes and what it leaves, in steps that are bounded.
#include "store/purge.hh"

#include <boost/test/unit_test.hpp>

#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(purging)

BOOST_AUTO_TEST_CASE(takes_the_old_and_leaves_the_rest) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const Seconds before = noon;
    for (const auto& [token, time] : {std::pair{"old", before - 1}, std::pair{"young", before}, std::pair{"told", before - day}}) {
        BOOST_REQUIRE(record(store, sample_message(token, time)).durable);
        BOOST_REQUIRE(record(store, Report{{sample_event(token, token, token, time)}, {}, true}).durable);
    }
    BOOST_REQUIRE(record(store, Report{{}, {sample_outgoing("told", before - 5), sample_outgoing("old", before - 5)}, true}).durable);
    store.mark_queued(store.outgoing_of("old")[0].id, "Q1", before - 4);
    BOOST_TEST(store.count_forward("old", before - 2 * day, 1));

    BOOST_TEST(purge(store, before).durable);
    int quarters = 0;
    store.each_activity("example.com", 0, [&](const Activity& activity) { quarters += activity.at >= before - kQuarter ? 1 : 100; });
    BOOST_TEST(quarters == 1);   // of the young message
    BOOST_TEST(!store.find_message("old"));
    BOOST_TEST(store.find_message("young").has_value());
    BOOST_TEST(store.find_message("told").has_value());   // its report is still to be told
    BOOST_TEST(store.events_of("old").empty());
    BOOST_TEST(store.events_of("young").size() == 1U);
    BOOST_TEST(store.outgoing_of("old").empty());
    BOOST_TEST(store.outgoing_of("told").size() == 1U);
    BOOST_TEST(store.count_forward("old", before - 2 * day, 1));   // forgotten, so it counts from the start
    BOOST_TEST(!store.last_relayed("none"));

    store.mark_queued(store.outgoing_of("told")[0].id, "Q2", before);
    BOOST_TEST(purge(store, before).durable);
    BOOST_TEST(!store.find_message("told"));
    BOOST_TEST(store.outgoing_of("told").empty());
    BOOST_TEST(purge(store, before).durable);   // nothing left to do
}

BOOST_AUTO_TEST_CASE(steps_are_bounded) {
    const Directory directory;
    WriteSession session(directory.location(), Open::create);
    constexpr int rows = Purger::steps_of * 2 + 10;
    session.transaction([&] {
        for (int i = 0; i < rows; ++i) session.messages.insert(sample_message("t" + std::to_string(i), noon - i));
    });
    for (const long long want_deleted : {1000, 1000, 10, 0}) {
        long long deleted = -1;
        session.transaction([&] { deleted = session.purger.step(noon + 1); });
        BOOST_TEST(deleted == want_deleted);
    }
}

BOOST_AUTO_TEST_CASE(writes_pass_between_the_steps) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    std::promise<void> all;
    std::atomic<int> left = 3000;
    for (int i = 0; i < 3000; ++i)
        store.record_message(sample_message("t" + std::to_string(i), noon - day), [&](const Outcome&) {
            if (--left == 0) all.set_value();
        });
    all.get_future().wait();
    std::promise<Outcome> purged;
    store.purge(noon, [&](const Outcome& outcome) { purged.set_value(outcome); });
    BOOST_TEST(record(store, sample_message("young", noon)).durable);
    BOOST_TEST(purged.get_future().get().durable);
    BOOST_TEST(store.find_message("young").has_value());
    BOOST_TEST(!store.find_message("t2999"));
}

BOOST_AUTO_TEST_SUITE_END()
