// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/ip.cc.
#include "base/ip.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::base;

BOOST_AUTO_TEST_SUITE(ip)

BOOST_AUTO_TEST_CASE(addresses) {
    static const struct {
        const char *text, *want;  // nothing: refused
        bool want_v4;
    } kTable[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"0.0.0.0", "0.0.0.0", true},
        {"2001:DB8:0::1", "2001:db8::1", false},
        {"IPv6:2001:db8::1", "2001:db8::1", false},
        {"ipv6:::1", "::1", false},
        {"::ffff:192.0.2.1", "192.0.2.1", true},
        {"::ffff:c000:201", "192.0.2.1", true},
        {"IPv6:::ffff:192.0.2.1", "192.0.2.1", true},
        {"::", "::", false},
        {"::fffe:192.0.2.1", "::fffe:c000:201", false},
        {"IPv6:192.0.2.1", nullptr, false},
        {"", nullptr, false},
        {"192.0.2", nullptr, false},
        {"192.0.2.256", nullptr, false},
        {"192.0.2.01", nullptr, false},
        {"192.0.2.1 ", nullptr, false},
        {"fe80::1%eth0", nullptr, false},
        {"2001:db8::1::", nullptr, false},
        {"unknown", nullptr, false},
        {"IPv6:IPv6:::1", nullptr, false},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.text) {
            const auto address = IpAddress::parse(row.text);
            BOOST_TEST(address.ok() == (row.want != nullptr));
            if (!address || !row.want) continue;
            BOOST_TEST(address->text() == row.want);
            BOOST_TEST(address->is_v4() == row.want_v4);
        }
    BOOST_TEST(!IpAddress::parse(std::string_view("192.0.2.1\0x", 11)));
    BOOST_TEST(!IpAddress::parse(std::string_view("::1\0", 4)));
    BOOST_TEST(IpAddress::parse("a\nb").error() == "\"a?b\" is no IPv4 or IPv6 address");
}

BOOST_AUTO_TEST_CASE(prefixes) {
    static const struct {
        const char *text, *want;  // text, or the error
        int want_length;          // -1: refused
    } kTable[] = {
        {"192.0.2.0/24", "192.0.2.0/24", 120},
        {"192.0.2.1", "192.0.2.1/32", 128},
        {"0.0.0.0/0", "0.0.0.0/0", 96},
        {"2001:db8::/32", "2001:db8::/32", 32},
        {"2001:db8::1", "2001:db8::1/128", 128},
        {"::/0", "::/0", 0},
        {"::ffff:0:0/96", "0.0.0.0/0", 96},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24", 120},
        {"192.0.2.128/25", "192.0.2.128/25", 121},
        {"192.0.2.1/24", "\"192.0.2.1/24\" has host bits set; the network is 192.0.2.0/24", -1},
        {"2001:db8::1/64", "\"2001:db8::1/64\" has host bits set; the network is 2001:db8::/64", -1},
        {"192.0.2.0/33", "\"192.0.2.0/33\": the prefix length is not a number from 0 to 32", -1},
        {"::/129", "\"::/129\": the prefix length is not a number from 0 to 128", -1},
        {"192.0.2.0/", "\"192.0.2.0/\": the prefix length is not a number from 0 to 32", -1},
        {"192.0.2.0/-1", "\"192.0.2.0/-1\": the prefix length is not a number from 0 to 32", -1},
        {"192.0.2.0/24/8", "\"192.0.2.0/24/8\": the prefix length is not a number from 0 to 32", -1},
        {"/24", "\"\" is no IPv4 or IPv6 address", -1},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.text) {
            const auto prefix = Prefix::parse(row.text);
            BOOST_TEST((prefix ? prefix->length : -1) == row.want_length);
            BOOST_TEST((prefix ? prefix->text() : prefix.error()) == row.want);
        }
}

BOOST_AUTO_TEST_CASE(what_a_prefix_contains) {
    static const struct {
        const char *prefix, *address;
        bool want;
    } kTable[] = {
        {"192.0.2.0/24", "192.0.2.0", true},     {"192.0.2.0/24", "192.0.2.255", true},     {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.0/23", "192.0.3.255", true},   {"0.0.0.0/0", "255.255.255.255", true},    {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},           {"::/0", "192.0.2.1", true},               {"2001:db8::/33", "2001:db8:8000::", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::1", "2001:db8::1", true},  {"2001:db8::1", "2001:db8::2", false},
        {"192.0.2.0/24", "::192.0.2.1", false},  {"192.0.2.0/24", "::ffff:192.0.2.1", true},
    };
    for (const auto& row : kTable)
        BOOST_TEST_CONTEXT(row.prefix << " and " << row.address)
            BOOST_TEST(Prefix::parse(row.prefix)->contains(*IpAddress::parse(row.address)) == row.want);
}

BOOST_AUTO_TEST_SUITE_END()
