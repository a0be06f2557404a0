// SPDX-License-Identifier: BSD-2-Clause
//
// The rhythm of retries.
#include "report/backoff.hh"

#include <boost/test/unit_test.hpp>

#include "conf/config.hh"

namespace crmrelay::report {
namespace {

const std::vector<int> kSteps = conf::Service{}.retry_after;

BOOST_AUTO_TEST_CASE(waits_grow_and_vary) {
    const struct {
        int attempts;
        base::Seconds want_middle;
    } rows[] = {{0, 5}, {1, 5}, {2, 300}, {3, 1800}, {4, 7200}, {5, 18000}, {6, 36000}, {7, 50400}, {8, 72000}, {9, 86400}, {500, 86400}};
    for (const auto& row : rows) {
        const auto spread = row.want_middle / 5;
        BOOST_TEST(backoff(kSteps, row.attempts, 0) == row.want_middle - spread);
        BOOST_TEST(backoff(kSteps, row.attempts, static_cast<unsigned>(2 * spread)) == row.want_middle + spread);
        for (unsigned random = 0; random < 1000; random += 7) {
            BOOST_TEST(backoff(kSteps, row.attempts, random) >= row.want_middle - spread);
            BOOST_TEST(backoff(kSteps, row.attempts, random) <= row.want_middle + spread);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_is_asked_at_least_once_a_minute) {
    const base::Seconds want[] = {5, 10, 20, 40, 60, 60, 60};
    for (int times = 1; times <= 7; ++times) BOOST_TEST(pause_after(kSteps, times) == want[times - 1]);
    BOOST_TEST(pause_after(kSteps, 1'000'000) == 60);
}

BOOST_AUTO_TEST_CASE(other_steps) {
    const std::vector<int> one = {1}, long_first = {600, 600};
    for (int attempts = 1; attempts < 5; ++attempts) BOOST_TEST(backoff(one, attempts, 12345) == 1);
    BOOST_TEST(pause_after(one, 9) == 1);
    BOOST_TEST(pause_after(long_first, 1) == 60);
}

}  // namespace
}  // namespace crmrelay::report
