// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of store/notices.cc: a cause is told once a domain and day, what comes beyond is counted; what is told once a period is written by whoever comes first.
#include "store/notices.hh"

#include <boost/test/unit_test.hpp>

#include "fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

constexpr std::int64_t kToday = noon / day;

// A report with a notice of `cause` to two administrators.
Report notice(const std::string& cause, std::int64_t on, const std::string& headline = "", const std::string& domain = "example.com") {
    Report report;
    for (const char* mailbox : {"a@example.com", "b@example.com"}) {
        auto row = sample_outgoing("", on * day + 1);
        row.kind = Outgoing::Kind::notice;
        row.domain = domain;
        row.recipient = mailbox;
        row.cause = cause;
        row.day = on;
        row.headline = headline;
        row.event_ids = {"evt_" + headline};
        report.outgoing.push_back(row);
    }
    return report;
}

std::string shown(const std::vector<HeldNotices>& all) {
    std::string out;
    for (const auto& held : all) {
        out += held.cause + " " + std::to_string(held.day - kToday) + " " + std::to_string(held.count) + ":";
        for (const auto& one : held.first) out += " " + one.headline + "/" + one.event_id;
        out += "; ";
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notices)

BOOST_AUTO_TEST_CASE(a_cause_is_told_once_a_day) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const struct {
        Report report;
        int want_rows;
    } steps[] = {
        {notice("no-match", kToday), 2},
        {notice("no-match", kToday, "1"), 0},
        {notice("loop", kToday), 2},                              // another cause
        {notice("no-match", kToday + 1), 2},                      // another day
        {notice("no-match", kToday, "2"), 0},
        {notice("no-match", kToday, "", "other.test"), 2},        // another domain
        {notice("", kToday), 2},
        {notice("", kToday), 2},                                  // no cause: always
    };
    std::int64_t depth = 0;
    for (const auto& step : steps) {
        BOOST_TEST(record(store, step.report).durable);
        depth += step.want_rows;
        BOOST_TEST(store.outbox_depth("") == depth);
    }
    BOOST_TEST(shown(store.held_notices("example.com", kToday, kToday + 1)) == "no-match 0 2: 1/evt_1 2/evt_2; ");
    BOOST_TEST(shown(store.held_notices("example.com", kToday + 1, kToday + 2)) == "");
    BOOST_TEST(shown(store.held_notices("other.test", 0, kToday + 9)) == "");
}

BOOST_AUTO_TEST_CASE(the_first_few_are_kept) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 20; ++i) BOOST_TEST(record(store, notice("archive", kToday, std::to_string(i))).durable);
    BOOST_TEST(record(store, notice("loop", kToday, "x")).durable);
    BOOST_TEST(record(store, notice("loop", kToday, "y")).durable);
    BOOST_TEST(shown(store.held_notices("example.com", 0, kToday + 1)) == "archive 0 19: 1/evt_1 2/evt_2 3/evt_3 4/evt_4 5/evt_5; loop 0 1: y/evt_y; ");
    BOOST_TEST(store.held_notices("example.com", 0, kToday + 1)[0].first[0].at == kToday * day + 1);
}

BOOST_AUTO_TEST_CASE(two_servers_tell_once_and_lose_no_count) {
    const Directory directory;
    { Store made(directory.url(), Open::create); }
    constexpr int count = 60;
    const auto tell = [&] {
        Store store(directory.url(), Open::create);
        for (int i = 0; i < count; ++i)
            if (!record(store, notice("no-match", kToday, "x")).durable) return 1;
        auto digest = notice("", kToday);
        digest.once = Once{"digest example.com", kToday};
        return record(store, digest).durable ? 0 : 1;
    };
    const pid_t first = fork_child(tell), second = fork_child(tell);
    BOOST_TEST(exit_status(first) == 0);
    BOOST_TEST(exit_status(second) == 0);
    Store store(directory.url(), Open::existing);
    BOOST_TEST(store.outbox_depth("") == 2 + 2);
    BOOST_REQUIRE(store.held_notices("example.com", kToday, kToday + 1).size() == 1U);
    BOOST_TEST(store.held_notices("example.com", kToday, kToday + 1)[0].count == 2 * count - 1);
}

BOOST_AUTO_TEST_CASE(once_a_period) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(store.written_once("digest example.com") == -1);
    const struct {
        const char* name;
        std::int64_t period;
        bool want;
    } steps[] = {{"digest example.com", 7, true}, {"digest example.com", 7, false}, {"digest example.com", 6, false}, {"digest example.com", 8, true}, {"digest other.test", 7, true},
                 {"digest example.com", 8, false}};
    std::int64_t depth = 0;
    for (const auto& step : steps) {
        auto report = notice("", kToday);
        report.once = Once{step.name, step.period};
        BOOST_TEST(record(store, report).durable);
        depth += step.want ? 2 : 0;
        BOOST_TEST(store.outbox_depth("") == depth);
    }
    BOOST_TEST(store.written_once("digest example.com") == 8);
}

BOOST_AUTO_TEST_CASE(old_days_are_purged) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (const auto on : {kToday - 40, kToday})
        for (int i = 0; i < 2; ++i) BOOST_TEST(record(store, notice("loop", on, "x")).durable);
    BOOST_TEST(outcome_of([&](Done done) { store.purge((kToday - 30) * day, std::move(done)); }).durable);
    BOOST_TEST(shown(store.held_notices("example.com", 0, kToday + 1)) == "loop 0 1: x/evt_x; ");
}

BOOST_AUTO_TEST_SUITE_END()
