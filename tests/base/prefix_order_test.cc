// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/prefix_order.cc: its order is the one that comparing all entries gives, whatever their number and kind.
#include "base/prefix_order.hh"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <tuple>

using namespace crmrelay::base;

namespace {

using Entries = std::vector<PrefixTable::Entry>;

// Of 128 bits so many are the same in all entries, and lengths are from there on.
struct Kind {
    const char* base;
    int shared, lengths;
};

const Kind kKinds[] = {
    {"0.0.0.0", 96, 33},  {"10.0.0.0", 104, 25},         {"::", 0, 129},        {"2001:db8::", 32, 97},
    {"fe80::", 64, 65},   {"::fffe:ffff:ffff", 80, 49},  {"2001:db8::1", 125, 4},
};

Entries entries_of(const Kind& kind, std::size_t count, std::mt19937_64& random) {
    Entries out;
    while (out.size() < count) {
        IpAddress address = *IpAddress::parse(kind.base);
        const int length = kind.shared + static_cast<int>(random() % static_cast<unsigned>(kind.lengths));
        for (int bit = kind.shared; bit < 128; ++bit) {
            auto& octet = address.octets[static_cast<std::size_t>(bit / 8)];
            const auto mask = static_cast<std::uint8_t>(0x80u >> bit % 8);
            octet = static_cast<std::uint8_t>(bit < length && random() % 2 == 1 ? octet | mask : octet & ~mask);
        }
        out.push_back({{address, length}, static_cast<std::uint32_t>(random() % 3)});
    }
    return out;
}

Entries compared(Entries entries) {
    std::ranges::sort(entries, {}, [](const auto& entry) { return std::tuple(entry.prefix.network, entry.prefix.length, entry.value); });
    const auto same = [](const auto& a, const auto& b) { return a.prefix == b.prefix && a.value == b.value; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
    return entries;
}

void check(Entries entries, const std::string& what) {
    const Entries wanted = compared(entries);
    sort_and_unify(entries);
    BOOST_TEST_CONTEXT(what) {
        BOOST_REQUIRE_EQUAL(entries.size(), wanted.size());
        for (std::size_t i = 0; i < entries.size(); ++i)
            BOOST_REQUIRE(entries[i].prefix == wanted[i].prefix && entries[i].value == wanted[i].value);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prefix_order)

BOOST_AUTO_TEST_CASE(is_the_order_of_network_length_and_value) {
    std::mt19937_64 random(1);
    for (const auto& kind : kKinds)
        for (const std::size_t count : {0u, 1u, 2u, 512u, 513u, 5000u}) check(entries_of(kind, count, random), std::string(kind.base) + " x " + std::to_string(count));
}

BOOST_AUTO_TEST_CASE(ipv4_stands_within_ipv6) {
    std::mt19937_64 random(2);
    Entries all;
    for (const auto& kind : kKinds) {
        const auto some = entries_of(kind, 3000, random);
        all.insert(all.end(), some.begin(), some.end());
    }
    std::ranges::shuffle(all, random);
    check(all, "all kinds");
}

BOOST_AUTO_TEST_SUITE_END()
