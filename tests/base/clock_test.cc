// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/clock.cc.
#include "base/clock.hh"

#include <boost/test/unit_test.hpp>
#include <ctime>

using namespace crmrelay::base;

BOOST_AUTO_TEST_SUITE(times)

BOOST_AUTO_TEST_CASE(times_are_printed_as_the_rfcs_say) {
    static const struct {
        Seconds time;
        const char *want_rfc3339, *want_rfc5322;
    } kTable[] = {
        {0, "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"},
        {-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
        {1795437358, "2026-11-23T12:35:58Z", "Mon, 23 Nov 2026 12:35:58 +0000"},
        {1709164800, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 +0000"},
        {4102444799, "2099-12-31T23:59:59Z", "Thu, 31 Dec 2099 23:59:59 +0000"},
    };
    for (const auto& row : kTable) {
        BOOST_TEST(rfc3339(row.time) == row.want_rfc3339);
        BOOST_TEST(rfc5322_date(row.time) == row.want_rfc5322);
    }
}

BOOST_AUTO_TEST_CASE(now_is_the_system_clock) {
    const Seconds before = std::time(nullptr), time = now();
    BOOST_TEST(time >= before);
    BOOST_TEST(time <= before + 5);
}

BOOST_AUTO_TEST_CASE(rfc3339_read) {
    BOOST_TEST((from_rfc3339("2026-11-23T12:35:58Z") == 1'795'437'358));
    BOOST_TEST((from_rfc3339("1970-01-01T00:00:00Z") == 0));
    for (const char* wrong : {"", "2026-11-23", "2026-11-23T12:35:58", "2026-11-23T12:35:58Zx", "2026-13-23T12:35:58Z"}) BOOST_TEST(!from_rfc3339(wrong), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
