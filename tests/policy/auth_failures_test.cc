// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/auth_failures.cc: how long refusals wait, how many, and what the log says.
#include "policy/auth_failures.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay;
using namespace crmrelay::policy;

namespace {

base::IpAddress ip(const std::string& text) { return *base::IpAddress::parse(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_failures)

BOOST_AUTO_TEST_CASE(waits_grow_up_to_a_bound_and_end) {
    AuthFailures failures;
    Milliseconds former = 0;
    for (int i = 0; i < 100; ++i) {
        const auto delay = failures.failed(ip("192.0.2.1"), 1000 + i).delay;
        failures.released(ip("192.0.2.1"));
        BOOST_TEST(delay >= former);
        BOOST_TEST(delay > 0);
        BOOST_TEST(delay <= 3000);
        former = delay;
    }
    BOOST_TEST(former == kDelayMost);
    BOOST_TEST(failures.failed(ip("192.0.2.2"), 2000).delay == kDelayStep);
    BOOST_TEST(failures.failed(ip("192.0.2.1"), 1099 + kFailuresLast + 1).delay == kDelayStep);
}

BOOST_AUTO_TEST_CASE(an_ipv6_client_is_its_network) {
    AuthFailures failures;
    BOOST_TEST(failures.failed(ip("2001:db8::1"), 0).delay == kDelayStep);
    BOOST_TEST(failures.failed(ip("2001:db8::2"), 0).delay == 2 * kDelayStep);
    BOOST_TEST(failures.failed(ip("2001:db8:0:1::1"), 0).delay == kDelayStep);
    BOOST_TEST(client_key(ip("2001:db8::2")) == "2001:db8::/64");
    BOOST_TEST(client_key(ip("192.0.2.1")) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(few_refusals_wait_at_a_time) {
    AuthFailures failures;
    for (int i = 0; i < kHeldAClient; ++i) BOOST_TEST(failures.failed(ip("192.0.2.1"), 0).delay > 0);
    BOOST_TEST(failures.failed(ip("192.0.2.1"), 0).delay == 0);
    failures.released(ip("192.0.2.1"));
    BOOST_TEST(failures.failed(ip("192.0.2.1"), 0).delay > 0);
    int held = kHeldAClient;
    for (int i = 0; i < 200; ++i) held += failures.failed(ip("198.51.100." + std::to_string(i)), 0).delay > 0;
    BOOST_TEST(held == kHeldAtAll);
}

BOOST_AUTO_TEST_CASE(the_log_is_bounded) {
    AuthFailures failures;
    failures.unlogged(0);
    int lines = 0;
    for (int i = 0; i < 10'000; ++i) lines += failures.failed(ip("192.0.2.1"), 10).log;
    BOOST_TEST(lines == kLinesAClient);
    BOOST_TEST(failures.unlogged(kMinute - 1).empty());
    auto told = failures.unlogged(kMinute);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].client == "192.0.2.1");
    BOOST_TEST(told[0].count == 10'000 - kLinesAClient);
    BOOST_TEST(failures.failed(ip("192.0.2.1"), kMinute).log);
    BOOST_TEST(failures.unlogged(2 * kMinute).empty());

    lines = 0;
    for (int i = 0; i < 60'000; ++i) lines += failures.failed(ip("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250)), 2 * kMinute).log;
    BOOST_TEST(lines == kLinesAtAll);
    told = failures.unlogged(3 * kMinute);
    BOOST_TEST(told.size() == kSummariesAtAll + 1);
    BOOST_TEST(told.back().client == "");
    std::int64_t sum = 0;
    for (const auto& one : told) sum += one.count;
    BOOST_TEST(sum == 60'000 - kLinesAtAll);
}

BOOST_AUTO_TEST_SUITE_END()
