// SPDX-License-Identifier: BSD-2-Clause
//
// A store copied into another kind of store, twice and back: all that was there is there, once, and what is still to be told is told by one of them.
#include "store/copy.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

struct Both {
    base::tests::Folder folder;
    Directory directory;
    std::string sqlite = "sqlite://" + folder.file("store.db"), postgres = directory.url();
};

void fill(const std::string& url, int from, int to, bool waiting) {
    Store store(url, Open::create);
    for (int i = from; i < to; ++i) {
        const auto token = "t" + std::to_string(i);
        auto message = sample_message(token, noon - i * 600);
        message.sender += std::string("\0\xff", 2);
        BOOST_REQUIRE(record(store, message).durable);
        BOOST_REQUIRE(record(store, Report{{sample_event("evt_" + token, token, i % 2 ? token : "", noon - i * 600)}, {sample_outgoing(token, noon - i * 600)}, true}).durable);
        if (!waiting) store.mark_queued(store.outgoing_of(token)[0].id, "Q" + token, noon);
    }
}

std::int64_t added(const std::vector<CopiedTable>& copied, const std::string& name) {
    for (const auto& table : copied)
        if (table.name == name) return table.added;
    return -1;
}

std::vector<CopiedTable> copy(const std::string& from, const std::string& to, bool last = false, Seconds since = 0) {
    CopyPlan plan;
    plan.from = from;
    plan.to = to;
    plan.last = last;
    plan.since = since;
    return copy_store(plan, [](const CopiedTable&) {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copying)

BOOST_FIXTURE_TEST_CASE(there_and_back, Both) {
    fill(sqlite, 0, 1200, false);   // more than two pages
    auto copied = copy(sqlite, postgres);
    for (const char* table : {"messages", "events", "outgoing"}) BOOST_TEST(added(copied, table) == 1200, table);
    copied = copy(sqlite, postgres);
    for (const char* table : {"messages", "events", "outgoing"}) BOOST_TEST(added(copied, table) == 0, table);
    const base::tests::Folder other;
    const std::string back = "sqlite://" + other.file("store.db");
    copied = copy(postgres, back);
    BOOST_TEST(added(copied, "messages") == 1200);
    Store first(sqlite, Open::existing), second(postgres, Open::existing), third(back, Open::existing);
    for (auto* store : {&second, &third}) {
        for (const int i : {0, 599, 1199}) {
            const auto token = "t" + std::to_string(i);
            BOOST_REQUIRE(store->find_message(token).has_value());
            BOOST_TEST((store->find_message(token)->sender == first.find_message(token)->sender));
            BOOST_TEST(store->find_message(token)->recipients.size() == 2U);
            BOOST_REQUIRE(store->events_of(token).size() == 1U);
            BOOST_TEST(store->events_of(token)[0].dedupe == first.events_of(token)[0].dedupe);
            BOOST_REQUIRE(store->find_outgoing_by_queue_id("Q" + token).has_value());
        }
        BOOST_TEST(store->counts("example.com", noon).relayed == first.counts("example.com", noon).relayed);
        BOOST_TEST(store->counts("example.com", noon).bounced == first.counts("example.com", noon).bounced);
    }
}

BOOST_FIXTURE_TEST_CASE(switched_while_it_serves, Both) {
    fill(sqlite, 0, 20, false);
    fill(sqlite, 20, 30, true);
    copy(sqlite, postgres);
    Store second(postgres, Open::create);
    BOOST_TEST(second.outbox_depth("") == 0);           // told by those who still serve the first
    fill(sqlite, 30, 35, true);                          // meanwhile
    BOOST_REQUIRE(record(second, sample_message("new", noon)).durable);   // after the switch
    const auto copied = copy(sqlite, postgres, true, noon - 86400);
    BOOST_TEST(added(copied, "still to be told") == 15);
    BOOST_TEST(second.outbox_depth("") == 15);
    BOOST_TEST(second.find_message("t34").has_value());
    BOOST_TEST(second.counts("example.com", noon).relayed == 36);
    BOOST_TEST(Store(sqlite, Open::existing).outbox_depth("") == 0);
    copy(sqlite, postgres, true, noon - 86400);
    BOOST_TEST(second.outbox_depth("") == 15);
}

BOOST_FIXTURE_TEST_CASE(a_suspension_after_the_first_run_comes_along, Both) {
    fill(sqlite, 0, 1, false);
    const auto suspend = [](Store& store, const std::string& domain, Seconds at) {
        BOOST_REQUIRE(outcome_of([&](Done done) {
            store.change_standing(domain, [at](const Standing& before) {
                auto after = before;
                after.suspended_at = at;
                return StandingChange{true, after, {}};
            }, std::move(done));
        }).durable);
    };
    Store first(sqlite, Open::create);
    suspend(first, "early.test", noon);
    copy(sqlite, postgres);
    Store second(postgres, Open::create);
    BOOST_TEST(second.standing("early.test").suspended_at == noon);
    suspend(second, "early.test", 0);                    // resumed on the new store
    suspend(first, "late.test", noon + 100);
    copy(sqlite, postgres, true, noon + 50);
    BOOST_TEST(second.standing("early.test").suspended_at == 0);
    BOOST_TEST(second.standing("late.test").suspended_at == noon + 100);
}

BOOST_FIXTURE_TEST_CASE(refused, Both) {
    BOOST_TEST(holds(thrown_by([&] { copy(sqlite, postgres); }), "does not exist"));
    fill(sqlite, 0, 1, false);
    BOOST_TEST(holds(thrown_by([&] { copy(sqlite, sqlite); }), "this is the store that it is to be copied to"));
    BOOST_TEST(holds(thrown_by([&] { copy(sqlite, "postgresql://nobody@127.0.0.1:1/none"); }), "postgresql://nobody@127.0.0.1:1/none: "));
}

BOOST_AUTO_TEST_SUITE_END()
