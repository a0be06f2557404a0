// SPDX-License-Identifier: BSD-2-Clause
//
// Sorts by the 64 bits that follow what all networks begin with, a digit at a time (radix sort, the least digit first), and compares whole entries where
// those are equal. It decides nothing.
#include "base/prefix_order.hh"

#include <endian.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace crmrelay::base {

namespace {

using Entry = PrefixTable::Entry;

constexpr std::size_t kFew = 512;   // sorted by comparing
constexpr int kDigitBits = 11, kDigits = 6;
constexpr std::size_t kDigitValues = std::size_t{1} << kDigitBits;

struct Ranked {
    std::uint64_t rank;
    std::uint32_t index;
};

std::uint64_t big_endian(const std::uint8_t* octets) {
    std::uint64_t value;
    std::memcpy(&value, octets, sizeof value);
    return be64toh(value);
}

bool before(const Entry& a, const Entry& b) {
    const Wide x = wide(a.prefix.network), y = wide(b.prefix.network);
    if (x != y) return x < y;
    return a.prefix.length != b.prefix.length ? a.prefix.length < b.prefix.length : a.value < b.value;
}

std::size_t digit(std::uint64_t rank, int number) { return rank >> (number * kDigitBits) & (kDigitValues - 1); }

void sort_by_rank(std::vector<Ranked>& ranked) {
    std::vector<std::array<std::uint32_t, kDigitValues>> counts(kDigits);
    for (const auto& entry : ranked)
        for (int number = 0; number < kDigits; ++number) ++counts[static_cast<std::size_t>(number)][digit(entry.rank, number)];
    std::vector<Ranked> sorted(ranked.size());
    for (int number = 0; number < kDigits; ++number) {
        auto& places = counts[static_cast<std::size_t>(number)];
        if (places[digit(ranked.front().rank, number)] == ranked.size()) continue;   // all have the same digit here
        std::uint32_t next = 0;
        for (auto& place : places) next += std::exchange(place, next);
        for (const auto& entry : ranked) sorted[places[digit(entry.rank, number)]++] = entry;
        ranked.swap(sorted);
    }
}

// Bits that all of them begin with.
int shared_bits(std::span<const Entry> entries) {
    Wide differing = 0;
    for (const auto& entry : entries) differing |= wide(entry.prefix.network) ^ wide(entries.front().prefix.network);
    const auto upper = static_cast<std::uint64_t>(differing >> 64);
    return upper != 0 ? std::countl_zero(upper) : std::min(127, 64 + std::countl_zero(static_cast<std::uint64_t>(differing)));
}

void sort(std::span<Entry> entries) {
    if (entries.size() <= kFew) return std::sort(entries.begin(), entries.end(), before);
    const int shared = shared_bits(entries);
    std::vector<Ranked> ranked;
    ranked.reserve(entries.size());
    for (const auto& entry : entries)
        ranked.push_back({static_cast<std::uint64_t>(wide(entry.prefix.network) << shared >> 64), static_cast<std::uint32_t>(ranked.size())});
    sort_by_rank(ranked);
    std::vector<Entry> sorted;
    sorted.reserve(entries.size());
    for (const auto& [_, index] : ranked) sorted.push_back(entries[index]);
    for (std::size_t begin = 0, end; begin < ranked.size(); begin = end) {
        for (end = begin + 1; end < ranked.size() && ranked[end].rank == ranked[begin].rank;) ++end;
        if (end - begin > 1) std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin), sorted.begin() + static_cast<std::ptrdiff_t>(end), before);
    }
    std::ranges::copy(sorted, entries.begin());
}

}  // namespace

Wide wide(const IpAddress& address) { return static_cast<Wide>(big_endian(address.octets.data())) << 64 | big_endian(address.octets.data() + 8); }

void sort_and_unify(std::vector<Entry>& entries) {
    // IPv4 lies within one /64 of IPv6: what is below and above it has other bits that tell it apart.
    const auto v4 = std::partition(entries.begin(), entries.end(), [](const Entry& entry) { return wide(entry.prefix.network) < kFirstV4; });
    const auto above = std::partition(v4, entries.end(), [](const Entry& entry) { return wide(entry.prefix.network) <= kLastV4; });
    sort({entries.begin(), v4});
    sort({v4, above});
    sort({above, entries.end()});
    const auto same = [](const Entry& a, const Entry& b) { return a.value == b.value && a.prefix == b.prefix; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

}  // namespace crmrelay::base
