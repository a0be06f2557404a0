// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/usage.cc: the hour and the day of a domain's limits, and clocks that jump.
#include "policy/usage.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::policy;
using crmrelay::base::Seconds;
using crmrelay::conf::Limits;
using Window = LimitState::Window;

namespace {

constexpr Seconds kNow = 1'795'000'020;   // a minute's beginning
constexpr Seconds kMinute = 60, kHour = 3600, kDay = 86400;
static_assert(kNow % kMinute == 0);

// How many of `tries` messages were taken at `at`.
int take(Usage& usage, const Limits& limits, Seconds at, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += !usage.take("a.test", limits, at).refused;
    return taken;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(windows_slide) {
    struct Step {
        Seconds at;
        int tries, want_taken;
    };
    struct {
        const char* what;
        Limits limits;
        std::vector<Step> steps;
    } const rows[] = {
        {"no limits", {0, 0, 100}, {{kNow, 1000, 1000}}},
        {"an hour", {3, 0, 0}, {{kNow, 5, 3}, {kNow + kHour - 1, 1, 0}, {kNow + kHour, 5, 3}}},
        {"an hour, minute by minute", {2, 0, 0}, {{kNow, 1, 1}, {kNow + 10 * kMinute, 2, 1}, {kNow + kHour, 2, 1}, {kNow + kHour + 10 * kMinute, 2, 1}}},
        {"a day", {0, 4, 0}, {{kNow, 5, 4}, {kNow + kHour, 1, 0}, {kNow + kDay - 1, 1, 0}, {kNow + kDay, 5, 4}}},
        {"both: the day is used up in hours", {2, 3, 0}, {{kNow, 5, 2}, {kNow + kHour, 5, 1}, {kNow + 2 * kHour, 5, 0}, {kNow + kDay, 5, 2}}},
        {"what was refused does not count", {1, 0, 0}, {{kNow, 100, 1}, {kNow + 30 * kMinute, 100, 0}, {kNow + kHour, 1, 1}}},
        {"years later", {1, 1, 0}, {{kNow, 2, 1}, {kNow + 1000 * kDay, 2, 1}}},
    };
    for (const auto& row : rows) {
        Usage usage;
        for (const auto& step : row.steps)
            BOOST_TEST_CONTEXT(row.what << " after " << step.at - kNow << " s") BOOST_TEST(take(usage, row.limits, step.at, step.tries) == step.want_taken);
    }
}

BOOST_AUTO_TEST_CASE(domains_are_apart) {
    Usage usage;
    const Limits limits{1, 0, 0};
    BOOST_TEST(!usage.take("a.test", limits, kNow).refused);
    BOOST_TEST(!usage.take("b.test", limits, kNow).refused);
    BOOST_TEST(usage.take("a.test", limits, kNow).refused.has_value());
    BOOST_TEST(usage.used("c.test", Window::hour, kNow) == 0);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_which_limit_and_until_when) {
    struct {
        const char* what;
        Limits limits;
        Window want_window;
        std::int64_t want_used, want_most;
        Seconds want_free_at;
    } const rows[] = {
        {"the hour", {3, 100, 0}, Window::hour, 3, 3, kNow + kHour},
        {"the day", {100, 3, 0}, Window::day, 3, 3, kNow + kDay},
        {"a limit made smaller: until enough have left", {1, 0, 0}, Window::hour, 3, 1, kNow + kHour + 10 * kMinute},
    };
    for (const auto& row : rows) {
        Usage usage;
        usage.add("a.test", kNow, 2);
        usage.add("a.test", kNow + 10 * kMinute, 1);
        const auto got = usage.take("a.test", row.limits, kNow + 11 * kMinute);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_REQUIRE(got.refused.has_value());
            BOOST_TEST((got.refused->window == row.want_window));
            BOOST_TEST(got.refused->used == row.want_used);
            BOOST_TEST(got.refused->most == row.want_most);
            BOOST_TEST(got.refused->free_at == row.want_free_at);
            const auto again = usage.take("a.test", row.limits, row.want_free_at - 1);
            BOOST_TEST(again.refused.has_value());
            BOOST_TEST(!usage.take("a.test", row.limits, row.want_free_at).refused.has_value());
        }
    }
    BOOST_TEST(name_of(Window::hour) == "hour");
    BOOST_TEST(name_of(Window::day) == "day");
}

BOOST_AUTO_TEST_CASE(warned_once_a_crossing_of_80_percent) {
    struct {
        std::int64_t most, want_at;
    } const rows[] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 4}, {10, 8}, {100, 80}, {101, 81}};
    for (const auto& row : rows)
        for (const bool hour : {true, false}) {
            Usage usage;
            const Limits limits{hour ? row.most : 0, hour ? 0 : row.most, 0};
            std::vector<std::int64_t> warned;
            for (std::int64_t i = 1; i <= row.most + 2; ++i)
                if (const auto got = usage.take("a.test", limits, kNow + i); got.warned) {
                    warned.push_back(i);
                    BOOST_TEST((got.warned->window == (hour ? Window::hour : Window::day)));
                    BOOST_TEST(got.warned->used == row.want_at);
                    BOOST_TEST(got.warned->most == row.most);
                }
            BOOST_TEST_CONTEXT(row.most) BOOST_TEST(warned == (std::vector<std::int64_t>{row.want_at}));
        }
    Usage usage;
    usage.add("a.test", kNow, 7);
    BOOST_TEST(usage.take("a.test", {10, 0, 0}, kNow).warned.has_value());
    BOOST_TEST(!usage.take("a.test", {10, 0, 0}, kNow).warned.has_value());
    usage.add("a.test", kNow + kHour, 7);
    BOOST_TEST(usage.take("a.test", {10, 0, 0}, kNow + kHour).warned.has_value());   // it was below in between
}

BOOST_AUTO_TEST_CASE(warnings_of_two_limits_at_once) {
    Usage usage;
    usage.add("a.test", kNow - 2 * kHour, 72);
    usage.add("a.test", kNow, 7);
    const auto got = usage.take("a.test", {10, 100, 0}, kNow);
    BOOST_REQUIRE(got.warned.has_value());
    BOOST_TEST((got.warned->window == Window::day));

    Usage full;
    full.add("a.test", kNow - 2 * kHour, 93);
    full.add("a.test", kNow, 7);
    const auto refused = full.take("a.test", {10, 100, 0}, kNow);
    BOOST_TEST(refused.refused.has_value());
    BOOST_TEST(!refused.warned.has_value());   // the hour has not got its eighth
}

BOOST_AUTO_TEST_CASE(what_did_not_leave_is_given_back) {
    Usage usage;
    const Limits limits{2, 0, 0};
    BOOST_TEST(take(usage, limits, kNow, 3) == 2);
    usage.give_back("a.test", kNow + 59);   // of the same minute
    BOOST_TEST(usage.used("a.test", Window::hour, kNow + 59) == 1);
    BOOST_TEST(take(usage, limits, kNow + 5 * kMinute, 2) == 1);
    usage.give_back("a.test", kNow - kMinute);       // nothing was taken then
    usage.give_back("b.test", kNow);                 // nor by this one
    for (int i = 0; i < 5; ++i) usage.give_back("a.test", kNow);   // more than was taken
    BOOST_TEST(usage.used("a.test", Window::hour, kNow + 5 * kMinute) == 1);
    usage.give_back("a.test", kNow + 5 * kMinute);
    BOOST_TEST(usage.used("a.test", Window::hour, kNow + 5 * kMinute) == 0);
}

BOOST_AUTO_TEST_CASE(an_earlier_life_is_added_in_any_order) {
    Usage usage;
    for (const auto& [ago, messages] : {std::pair(Seconds{30 * kMinute}, 2), std::pair(2 * kDay, 50), std::pair(2 * kHour, 5), std::pair(Seconds{10}, 1), std::pair(Seconds{30 * kMinute}, 3)})
        usage.add("a.test", kNow - ago, messages);
    BOOST_TEST(usage.used("a.test", Window::hour, kNow) == 6);
    BOOST_TEST(usage.used("a.test", Window::day, kNow) == 11);
    BOOST_TEST(take(usage, {8, 0, 0}, kNow, 10) == 2);
    usage.add("a.test", kNow - 3 * kHour, 4);   // after the first were taken
    BOOST_TEST(usage.used("a.test", Window::hour, kNow) == 8);
    BOOST_TEST(usage.used("a.test", Window::day, kNow) == 17);
}

BOOST_AUTO_TEST_CASE(a_login_has_an_account_of_its_own) {
    crmrelay::conf::Domain domain;
    domain.name = "a.test";
    domain.logins = {"CRM@a.test", "second@a.test"};
    const struct {
        const char* login;
        const char* want_login;
        const char* want_account;
    } rows[] = {{"", "", "a.test"}, {"crm@A.test", "CRM@a.test", "a.test CRM@a.test"}, {"second@a.test", "second@a.test", "a.test second@a.test"}, {"other@a.test", "", "a.test"}};
    for (const auto& row : rows) {
        BOOST_TEST(counted_login(domain, row.login) == row.want_login);
        BOOST_TEST(account_of(domain, row.login) == row.want_account);
    }
}

BOOST_AUTO_TEST_CASE(clock_jumps) {
    const Limits limits{3, 0, 0};
    {
        Usage usage;   // a small step back: nothing is lost, nothing stays longer than an hour
        BOOST_TEST(take(usage, limits, kNow, 2) == 2);
        BOOST_TEST(take(usage, limits, kNow - 5 * kMinute, 5) == 1);
        BOOST_TEST(take(usage, limits, kNow + kHour - 6 * kMinute, 5) == 0);
        BOOST_TEST(take(usage, limits, kNow + kHour, 5) == 3);
    }
    {
        Usage usage;   // a clock that was years ahead for a while
        BOOST_TEST(take(usage, limits, kNow + 3000 * kDay, 3) == 3);
        BOOST_TEST(take(usage, limits, kNow, 5) == 0);
        BOOST_TEST(take(usage, limits, kNow + kHour - 1, 5) == 0);
        BOOST_TEST(take(usage, limits, kNow + kHour, 5) == 3);
    }
    {
        Usage usage;   // what is given back after a jump is what was taken
        BOOST_TEST(take(usage, limits, kNow + kDay, 1) == 1);
        BOOST_TEST(take(usage, limits, kNow, 1) == 1);
        usage.give_back("a.test", kNow);
        BOOST_TEST(usage.used("a.test", Window::hour, kNow) == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
