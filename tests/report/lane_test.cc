// SPDX-License-Identifier: BSD-2-Clause
//
// How many may be under way, and which addresses are public.
#include "report/lane.hh"

#include <boost/test/unit_test.hpp>

#include "report/public_address.hh"

namespace crmrelay::report {
namespace {

BOOST_AUTO_TEST_CASE(as_many_as_the_limit_says) {
    Lane lane;
    lane.set_limit(3);
    for (int i = 0; i < 3; ++i) lane.begin();
    BOOST_TEST(lane.room(100) == 0);
    lane.ended_well();
    BOOST_TEST(lane.room(100) == 1);
    lane.ended_badly();
    BOOST_TEST(lane.room(100) == 2);
    lane.ended_untold();
    BOOST_TEST(lane.room(100) == 3);
}

BOOST_AUTO_TEST_CASE(one_finds_out_whether_it_is_back) {
    Lane lane;
    lane.set_limit(3);
    for (int i = 0; i < 3; ++i) lane.begin();
    BOOST_TEST(lane.ended_away(100) == 1);
    lane.pause(105);
    BOOST_TEST(lane.ended_away(101) == 1);   // of the time before
    BOOST_TEST(lane.ended_away(101) == 1);
    BOOST_TEST(lane.room(104) == 0);
    BOOST_TEST(lane.room(105) == 1);
    lane.begin();
    BOOST_TEST(lane.room(105) == 0);
    BOOST_TEST(lane.ended_away(106) == 2);
    lane.pause(110);
    lane.pause(108);                          // never shorter
    BOOST_TEST(lane.room(109) == 0);
    lane.begin();
    lane.ended_well();
    BOOST_TEST(!lane.in_trouble());
    BOOST_TEST(lane.room(110) == 3);
}

BOOST_AUTO_TEST_CASE(public_addresses) {
    const struct {
        const char* address;
        bool want;
    } rows[] = {
        {"192.0.2.1", true},        {"8.8.8.8", true},          {"172.15.0.1", true},         {"172.32.0.1", true},   {"100.63.0.1", true},    {"2001:db8::1", true},
        {"2a00:1450::1", true},     {"0.0.0.0", false},         {"10.1.2.3", false},          {"100.64.0.1", false},  {"127.0.0.1", false},    {"127.255.0.1", false},
        {"169.254.169.254", false}, {"172.16.0.1", false},      {"172.31.255.255", false},    {"192.168.0.1", false}, {"198.18.0.1", false},   {"224.0.0.1", false},
        {"255.255.255.255", false}, {"::", false},              {"::1", false},               {"fc00::1", false},     {"fdff::1", false},      {"fe80::1", false},
        {"ff02::1", false},         {"::ffff:127.0.0.1", false}, {"::ffff:192.0.2.1", true},  {"::127.0.0.1", false}, {"64:ff9b::7f00:1", false}, {"64:ff9b::808:808", true},
        {"2002:7f00:1::", false},   {"2002:a00:1::1", false},   {"2002:808:808::1", true},    {"2001::1", false},     {"64:ff9b:1::1", false},
    };
    for (const auto& row : rows) BOOST_TEST(is_public(*base::IpAddress::parse(row.address)) == row.want, row.address);
}

}  // namespace
}  // namespace crmrelay::report
