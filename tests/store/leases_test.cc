// SPDX-License-Identifier: BSD-2-Clause
//
// Servers that work off one outbox: each row is one server's at a time, and a dead server's rows come to the others.
#include "store/leases.hh"

#include <boost/test/unit_test.hpp>
#include <set>
#include <thread>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Options server(const char* name, Seconds lease = 60) {
    Options options;
    options.server = name;
    options.lease = lease;
    return options;
}

void fill(Store& store, int count) {
    Report report;
    for (int i = 0; i < count; ++i) report.outgoing.push_back(sample_outgoing("t" + std::to_string(i), noon));
    BOOST_REQUIRE(record(store, report).durable);
}

std::set<std::int64_t> ids(const std::vector<Outgoing>& rows) {
    std::set<std::int64_t> out;
    for (const auto& row : rows) out.insert(row.id);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE(each_row_is_one_servers) {
    const Directory directory;
    Store first(directory.url(), Open::create, server("mx1")), second(directory.url(), Open::create, server("mx2"));
    fill(first, 50);
    for (auto* store : {&first, &second}) BOOST_TEST(store->keep_claims());
    std::vector<Outgoing> one, two;
    std::thread beside([&] { one = first.claim(noon, 30); });
    two = second.claim(noon, 30);
    beside.join();
    auto all = ids(one);
    for (const auto id : ids(two)) BOOST_TEST(all.insert(id).second, id);
    for (const auto id : ids(first.claim(noon, 50))) all.insert(id);
    BOOST_TEST(all.size() == 50U);
    BOOST_TEST(second.claim(noon, 50).size() == two.size());   // what it has, and nothing else
}

BOOST_AUTO_TEST_CASE(a_row_put_off_is_anybodys) {
    const Directory directory;
    Store first(directory.url(), Open::create, server("mx1")), second(directory.url(), Open::create, server("mx2"));
    fill(first, 1);
    for (auto* store : {&first, &second}) store->keep_claims();
    const auto row = first.claim(noon, 10).at(0);
    BOOST_TEST(second.claim(noon + 100, 10).empty());
    first.postpone(row.id, noon + 60, "later");
    BOOST_TEST(second.claim(noon, 10).empty());
    BOOST_TEST(second.claim(noon + 60, 10).size() == 1U);
    BOOST_TEST(first.claim(noon + 60, 10).empty());
}

BOOST_AUTO_TEST_CASE(order_within_a_message_holds_across_servers) {
    const Directory directory;
    Store first(directory.url(), Open::create, server("mx1")), second(directory.url(), Open::create, server("mx2"));
    Report report;
    for (int i = 0; i < 2; ++i) report.outgoing.push_back(sample_outgoing("same", noon));
    BOOST_REQUIRE(record(first, report).durable);
    for (auto* store : {&first, &second}) store->keep_claims();
    const auto one = first.claim(noon, 1);
    BOOST_REQUIRE(one.size() == 1U);
    BOOST_TEST(!one[0].waits_until);
    const auto two = second.claim(noon, 10);
    BOOST_REQUIRE(two.size() == 1U);
    BOOST_TEST(two[0].waits_until.has_value());   // the other server has the earlier one
    first.mark_queued(one[0].id, "Q1", noon);
    BOOST_TEST(!second.claim(noon, 10).at(0).waits_until);
}

BOOST_AUTO_TEST_CASE(a_dead_servers_rows_are_taken_over) {
    const Directory directory;
    Store second(directory.url(), Open::create, server("mx2", 1));
    fill(second, 10);
    const pid_t first = fork_child([&]() -> int {
        Store store(directory.url(), Open::create, server("mx1", 1));
        store.keep_claims();
        const auto count = store.claim(noon, 10).size();
        _exit(count == 10 ? 0 : 1);   // dies: nothing is closed
    });
    BOOST_TEST(exit_status(first) == 0);
    second.keep_claims();
    std::size_t taken = second.claim(noon, 10).size();
    BOOST_TEST(taken == 0U);   // not before the lease is over
    for (int i = 0; i < 100 && taken == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        second.keep_claims();
        taken = second.claim(noon, 10).size();
    }
    BOOST_TEST(taken == 10U);
}

BOOST_AUTO_TEST_CASE(who_leaves_or_comes_back_does_not_keep_others_waiting) {
    const Directory directory;
    Store second(directory.url(), Open::create, server("mx2"));
    second.keep_claims();
    fill(second, 10);
    {
        Store first(directory.url(), Open::create, server("mx1"));
        first.keep_claims();
        BOOST_TEST(first.claim(noon, 5).size() == 5U);
    }
    BOOST_TEST(second.claim(noon, 10).size() == 5U);
    Store again(directory.url(), Open::create, server("mx1"));   // of the same name: its former process has ended
    again.keep_claims();
    BOOST_TEST(again.claim(noon, 10).size() == 5U);
    again.leave_claims();
    BOOST_TEST(second.claim(noon, 20).size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_claim_is_given_up_in_time) {
    const Directory directory;
    Store store(directory.url(), Open::create, server("mx1", 8));
    BOOST_TEST(store.keep_claims());
    postgres()->stop();
    bool kept = true;
    const auto since = std::chrono::steady_clock::now();
    while (kept && std::chrono::steady_clock::now() - since < std::chrono::seconds(20)) {
        kept = store.keep_claims();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    BOOST_TEST(!kept);
    BOOST_TEST((std::chrono::steady_clock::now() - since < std::chrono::seconds(8)));
    postgres()->start();
    // It pauses after a failure.
    for (const auto begun = std::chrono::steady_clock::now(); !kept && std::chrono::steady_clock::now() - begun < std::chrono::seconds(20);) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        kept = store.keep_claims();
    }
    BOOST_TEST(kept);
}

BOOST_AUTO_TEST_SUITE_END()
