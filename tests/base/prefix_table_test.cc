// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/prefix_table.cc, by table and against a linear scan.
#include "base/prefix_table.hh"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>
#include <stdexcept>

using namespace crmrelay::base;

namespace {

using Random = std::mt19937_64;
using Values = std::vector<std::uint32_t>;
using Entries = std::vector<PrefixTable::Entry>;

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

Values found(const PrefixTable& table, const IpAddress& at) {
    const auto values = table.find(at);
    return {values.begin(), values.end()};
}

Values scan(const Entries& entries, const IpAddress& at) {
    std::set<std::uint32_t> values;
    for (const auto& entry : entries)
        if (entry.prefix.contains(at)) values.insert(entry.value);
    return {values.begin(), values.end()};
}

Prefix cut(IpAddress from, int length) {
    for (int bit = length; bit < 128; ++bit) from.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
    return {from, length};
}

IpAddress v4(std::uint32_t number) {
    IpAddress out = address("0.0.0.0");
    for (int i = 0; i < 4; ++i) out.octets[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    return out;
}

// First and last address of a prefix, and their neighbours outside.
std::vector<IpAddress> edges(const Prefix& of) {
    IpAddress first = of.network, last = of.network;
    for (int bit = of.length; bit < 128; ++bit) last.octets[bit / 8] |= static_cast<std::uint8_t>(0x80u >> bit % 8);
    IpAddress before = first, after = last;
    for (int i = 15; i >= 0 && before.octets[i]-- == 0; --i) {
    }
    for (int i = 15; i >= 0 && ++after.octets[i] == 0; --i) {
    }
    return {first, last, before, after};
}

// An address that differs from `base` in its last `bits` bits only, and rather in few of them.
IpAddress near(IpAddress base, int bits, Random& random) {
    for (int bit = 128 - bits; bit < 128; ++bit)
        if (random() % 3 == 0) base.octets[bit / 8] ^= static_cast<std::uint8_t>(0x80u >> bit % 8);
    return base;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prefix_table)

BOOST_AUTO_TEST_CASE(every_prefix_that_contains_the_address_counts) {
    const PrefixTable table({
        {prefix("192.0.2.0/24"), 7},   {prefix("192.0.2.128/25"), 3}, {prefix("192.0.2.128/25"), 3},   {prefix("192.0.2.128/25"), 9},
        {prefix("192.0.2.129"), 7},    {prefix("192.0.2.255"), 1},    {prefix("255.255.255.255"), 5},  {prefix("0.0.0.0"), 6},
        {prefix("2001:db8::/32"), 20}, {prefix("2001:db8::/64"), 21}, {prefix("2001:db8::8000:0:0:0/65"), 22}, {prefix("2001:db8::1"), 23},
        {prefix("ffff::/16"), 24},     {prefix("::"), 25},
    });
    static const struct {
        const char* address;
        Values want;
    } kTable[] = {
        {"192.0.2.0", {7}},           {"192.0.2.127", {7}},          {"192.0.2.128", {3, 7, 9}},    {"192.0.2.129", {3, 7, 9}},
        {"192.0.2.130", {3, 7, 9}},   {"192.0.2.255", {1, 3, 7, 9}}, {"192.0.3.0", {}},             {"192.0.1.255", {}},
        {"255.255.255.255", {5}},     {"255.255.255.254", {}},       {"0.0.0.0", {6}},              {"0.0.0.1", {}},
        {"2001:db8::", {20, 21}},     {"2001:db8::1", {20, 21, 23}}, {"2001:db8::2", {20, 21}},     {"2001:db8:0:0:8000::", {20, 21, 22}},
        {"2001:db8:0:1::", {20}},     {"2001:db9::", {}},            {"2001:db7:ffff::", {}},       {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {24}},
        {"::", {25}},                 {"::1", {}},                   {"::ffff:192.0.2.1", {7}},     {"::192.0.2.1", {}},
        {"::fffe:ffff:ffff", {}},     {"::1:0:0:0", {}},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.address)
            BOOST_TEST(found(table, address(row.address)) == row.want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ipv4_lies_within_ipv6) {
    static const struct {
        const char *prefix, *address;
        bool want;
    } kTable[] = {
        {"::/0", "192.0.2.1", true},          {"::/0", "2001:db8::1", true},         {"::/0", "::", true},
        {"::/0", "255.255.255.255", true},    {"::/0", "::1:0:0:0", true},           {"0.0.0.0/0", "0.0.0.0", true},
        {"0.0.0.0/0", "255.255.255.255", true}, {"0.0.0.0/0", "::fffe:ffff:ffff", false}, {"0.0.0.0/0", "::1:0:0:0", false},
        {"::ffff:0:0/96", "192.0.2.1", true}, {"::ffff:0:0/96", "2001:db8::1", false}, {"::/64", "192.0.2.1", true},
        {"::/64", "::1", true},               {"::/64", "0:0:0:1::", false},         {"::/96", "192.0.2.1", false},
        {"::/96", "::192.0.2.1", true},       {"128.0.0.0/1", "127.255.255.255", false}, {"128.0.0.0/1", "128.0.0.0", true},
        {"128.0.0.0/1", "::1:0:0:0", false},  {"8000::/1", "192.0.2.1", false},      {"8000::/1", "ffff::", true},
    };
    for (const auto& row : kTable)
        BOOST_TEST_CONTEXT(row.address << " in " << row.prefix) {
            const PrefixTable table({{prefix(row.prefix), 4}});
            BOOST_TEST(found(table, address(row.address)) == (row.want ? Values{4} : Values{}), boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(an_empty_table_finds_nothing) {
    PrefixTable none, empty{Entries{}}, full({{prefix("0.0.0.0/0"), 1}});
    BOOST_TEST(found(full, address("192.0.2.1")) == Values{1}, boost::test_tools::per_element());
    const PrefixTable moved = std::move(full);
    BOOST_TEST(found(moved, address("192.0.2.1")) == Values{1}, boost::test_tools::per_element());
    for (const PrefixTable* table : {&none, &empty, &full}) {
        BOOST_TEST(table->find(address("192.0.2.1")).empty());
        BOOST_TEST(table->find(address("2001:db8::1")).empty());
    }
}

BOOST_AUTO_TEST_CASE(values_are_any_32_bits) {
    const Values all{0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    Entries entries;
    for (const auto value : all) {
        const PrefixTable table({{prefix("192.0.2.0/24"), value}});
        BOOST_TEST(found(table, address("192.0.2.1")) == Values{value}, boost::test_tools::per_element());
        entries.push_back({prefix("2001:db8::/32"), value});
    }
    BOOST_TEST(found(PrefixTable(entries), address("2001:db8::1")) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(agrees_with_a_linear_scan) {
    static const struct {
        const char* about;
        const char* base;
        int spread;  // low bits in which addresses differ from the base
        int least;   // shortest prefix
        std::size_t entries;
        std::uint32_t values;
    } kTable[] = {
        {"IPv4, dense", "10.0.0.0", 8, 96, 60, 10},
        {"IPv4, spread", "192.0.2.0", 32, 96, 400, 1000},
        {"IPv4 and IPv6 mixed, around the border", "0.0.0.0", 34, 80, 300, 20},
        {"the end of the space", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 12, 110, 100, 30},
        {"the start of the space", "::", 12, 0, 100, 30},
        {"IPv6, spread", "2001:db8::", 128, 0, 400, 1000},
        {"IPv6, one /64", "2001:db8::", 64, 60, 400, 3},
        {"IPv6, around the middle", "2001:db8::", 70, 54, 300, 2},
        {"IPv6, hosts only", "2001:db8::", 6, 128, 60, 50},
    };
    for (const auto& row : kTable)
        for (std::uint64_t seed = 0; seed < 8; ++seed) BOOST_TEST_CONTEXT(row.about << ", seed " << seed) {
                Random random(seed);
                Entries entries;
                std::vector<IpAddress> probes;
                for (std::size_t i = 0; i < row.entries; ++i) {
                    const int length = row.least + static_cast<int>(random() % static_cast<std::uint64_t>(129 - row.least));
                    entries.push_back({cut(near(address(row.base), row.spread, random), length), static_cast<std::uint32_t>(random() % row.values)});
                    if (i % 4 == 0) probes.push_back(edges(entries.back().prefix)[random() % 4]);
                    probes.push_back(near(address(row.base), row.spread, random));
                }
                const PrefixTable table(entries);
                std::size_t wrong = 0;
                for (const auto& probe : probes) wrong += found(table, probe) != scan(entries, probe);
                BOOST_TEST(wrong == 0u);
            }
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_prefixes_are_each_found) {
    static const struct {
        const char* base;
        int octet;  // where a number of three octets is laid in
        int length;
    } kTable[] = {{"10.0.0.0", 13, 128}, {"0.0.0.0", 12, 120}, {"2001:db8::", 4, 56}, {"2001:db8::", 4, 128}, {"2001:db8::", 13, 128}};
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.base << " /" << row.length) {
            const auto numbered = [&](std::uint32_t number) {
                IpAddress out = address(row.base);
                for (int i = 0; i < 3; ++i) out.octets[row.octet + i] = static_cast<std::uint8_t>(number >> (16 - 8 * i));
                return out;
            };
            constexpr std::uint32_t kCount = 100000, kStep = 3;
            Entries entries;
            for (std::uint32_t i = 0; i < kCount; ++i) entries.push_back({Prefix{numbered(i * kStep), row.length}, i});
            const PrefixTable table(std::move(entries));
            std::size_t wrong = 0;
            for (std::uint32_t i = 0; i < kCount * kStep; ++i) wrong += found(table, numbered(i)) != (i % kStep == 0 ? Values{i / kStep} : Values{});
            BOOST_TEST(wrong == 0u);
            BOOST_TEST(table.memory() < kCount * 50u);
        }
}

BOOST_AUTO_TEST_CASE(deep_nesting_stays_small) {
    const IpAddress inmost = address("2001:db8::1");
    Entries entries;
    Values want;
    for (int length = 0; length <= 128; ++length) {
        entries.push_back({cut(inmost, length), static_cast<std::uint32_t>(1000 - length)});
        want.insert(want.begin(), entries.back().value);
    }
    const PrefixTable table(entries);
    BOOST_TEST(found(table, inmost) == want, boost::test_tools::per_element());
    BOOST_TEST(table.memory() < 100'000u);
    std::shuffle(entries.begin(), entries.end(), Random(3));
    BOOST_TEST(found(PrefixTable(entries), inmost) == want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_sets_are_held_once) {
    Entries entries{{prefix("0.0.0.0/0"), 0}};
    for (std::uint32_t value = 1; value < 1000; ++value) entries.push_back({prefix("0.0.0.0/0"), value});
    for (std::uint32_t i = 0; i < 50000; ++i) entries.push_back({Prefix{v4(0x0a000000 + i), 128}, 1000 + i % 5});
    const PrefixTable table(std::move(entries));
    BOOST_TEST(found(table, address("10.0.1.0")).size() == 1001u);
    BOOST_TEST(table.memory() < 1'000'000u);
}

BOOST_AUTO_TEST_CASE(sets_of_equal_origin_are_held_once) {
    Entries entries;
    for (std::uint32_t i = 0; i < 1000; ++i)
        for (std::uint32_t value = 0; value < 100; ++value) entries.push_back({Prefix{v4(i * 2), 128}, value});
    BOOST_TEST(PrefixTable(std::move(entries)).memory() < 50'000u);
}

BOOST_AUTO_TEST_CASE(unions_are_not_mixed_up) {
    Entries entries;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        entries.push_back({Prefix{v4(i << 8), 120}, 10 + i});
        entries.push_back({Prefix{v4(i << 8), 128}, 5});
    }
    const PrefixTable table(std::move(entries));
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < 5000; ++i) wrong += found(table, v4(i << 8)) != Values{5, 10 + i};
    BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(sets_beyond_all_bounds_are_refused) {
    Entries entries;
    for (std::uint32_t value = 0; value < 1000; ++value) entries.push_back({prefix("0.0.0.0/0"), value});
    for (std::uint32_t i = 0; i < 20000; ++i) entries.push_back({Prefix{v4(0x0a000000 + i), 128}, 1000 + i});
    BOOST_CHECK_THROW(PrefixTable{entries}, std::length_error);
}

BOOST_AUTO_TEST_SUITE_END()
