// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/timezone.cc: days with and without daylight saving, midnights that do not exist and midnights that come twice.
#include "base/timezone.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::base;

BOOST_AUTO_TEST_SUITE(time_zones)

BOOST_AUTO_TEST_CASE(days) {
    const struct {
        const char* zone;
        Seconds time;
        const char* want_text;
        Seconds want_until_midnight, want_length;   // of the day, in hours * 3600
    } cases[] = {
        {"UTC", 1795608000, "2026-11-25T12:00:00Z", 12 * 3600, 24 * 3600},
        {"Asia/Tokyo", 1795608000, "2026-11-25T21:00:00+09:00", 3 * 3600, 24 * 3600},
        {"America/St_Johns", 1795608000, "2026-11-25T08:30:00-03:30", 15 * 3600 + 1800, 24 * 3600},
        {"Europe/Berlin", 1806188400, "2027-03-28T00:00:00+01:00", 23 * 3600, 23 * 3600},        // the clock goes forward at 2:00
        {"Europe/Berlin", 1806188399, "2027-03-27T23:59:59+01:00", 1, 24 * 3600},
        {"Europe/Berlin", 1824933600, "2027-10-31T00:00:00+02:00", 25 * 3600, 25 * 3600},        // back at 3:00
        {"America/Havana", 1805000400, "2027-03-14T01:00:00-04:00", 23 * 3600, 23 * 3600},       // there is no midnight: 0:00 is 1:00
        {"America/Havana", 1805000399, "2027-03-13T23:59:59-05:00", 1, 24 * 3600},
        {"America/Havana", 1825563600, "2027-11-07T00:00:00-05:00", 24 * 3600, 25 * 3600},       // the second midnight
        {"Africa/Cairo", 1808431200, "2027-04-23T00:00:00+02:00", 24 * 3600, 24 * 3600},
    };
    for (const auto& c : cases) {
        const auto found = TimeZone::find(c.zone);
        BOOST_REQUIRE(found);
        const auto& zone = *found;
        BOOST_TEST_CONTEXT(c.want_text << " " << c.zone) {
            BOOST_TEST(zone.name() == c.zone);
            BOOST_TEST(zone.rfc3339(c.time) == c.want_text);
            BOOST_TEST(zone.next_midnight(c.time) - c.time == c.want_until_midnight);
            const auto day = zone.day_of(c.time);
            BOOST_TEST(zone.begin_of(day + 1) - zone.begin_of(day) == c.want_length);
            BOOST_TEST(zone.day_of(zone.begin_of(day)) == day);
            BOOST_TEST(zone.day_of(zone.begin_of(day) - 1) == day - 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(names) {
    for (const char* name : {"", "Tokyo", "asia/tokyo", "../../etc/passwd", "/etc/passwd", "zone.tab", "Asia/Tokyo\n"}) {
        const auto found = TimeZone::find(name);
        BOOST_TEST_REQUIRE(!found.ok(), name);
        BOOST_TEST(found.error().find("is no time zone") != std::string::npos);
    }
    BOOST_TEST(TimeZone().name() == "UTC");
}

BOOST_AUTO_TEST_SUITE_END()
