// SPDX-License-Identifier: BSD-2-Clause
//
// Measures base::PrefixTable among 1,000,000 prefixes: nanoseconds a look-up, MB held, milliseconds to build, one line a
// distribution, medians of seven rounds: of look-ups one after the other, and of look-ups that each wait for the former. It judges
// nothing.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "base/prefix_table.hh"

using namespace crmrelay::base;

namespace {

constexpr std::size_t kPrefixes = 1'000'000, kProbes = 1 << 20;
constexpr int kRounds = 7;

using Random = std::mt19937_64;

IpAddress v4(std::uint32_t bits) {
    IpAddress out;
    out.octets[10] = out.octets[11] = 0xff;
    for (int i = 0; i < 4; ++i) out.octets[12 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
    return out;
}

IpAddress v6(std::uint64_t high, std::uint64_t low) {
    IpAddress out;
    for (int i = 0; i < 8; ++i) {
        out.octets[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
        out.octets[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
    }
    return out;
}

Prefix prefix(IpAddress address, int length) {
    for (int bit = length; bit < 128; ++bit) address.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
    return {address, length};
}

struct Distribution {
    const char* name;
    Prefix (*next)(Random&, std::uint32_t i);
    IpAddress (*stranger)(Random&);           // an address of the same region, mostly in none of the prefixes
    std::uint32_t values;                     // how many different ones
};

constexpr std::uint64_t kDoc = 0x20010db800000000;

std::uint64_t global(Random& random) { return random() >> 3 | 0x2000000000000000; }

const Distribution kDistributions[] = {
    {"IPv4 /24, anywhere", [](Random& r, std::uint32_t) { return prefix(v4(static_cast<std::uint32_t>(r())), 120); },
     [](Random& r) { return v4(static_cast<std::uint32_t>(r())); }, 100},
    {"IPv4 /32, anywhere, a value each", [](Random& r, std::uint32_t) { return prefix(v4(static_cast<std::uint32_t>(r())), 128); },
     [](Random& r) { return v4(static_cast<std::uint32_t>(r())); }, kPrefixes},
    {"IPv4 /32, all in 10.0.0.0/8", [](Random& r, std::uint32_t) { return prefix(v4(0x0a000000 | (r() & 0xffffff)), 128); },
     [](Random& r) { return v4(0x0a000000 | (r() & 0xffffff)); }, 100},
    {"IPv4 /16 to /32, nested", [](Random& r, std::uint32_t) { return prefix(v4(static_cast<std::uint32_t>(r())), static_cast<int>(112 + r() % 17)); },
     [](Random& r) { return v4(static_cast<std::uint32_t>(r())); }, 4},
    {"IPv6 /48, anywhere", [](Random& r, std::uint32_t) { return prefix(v6(global(r), 0), 48); }, [](Random& r) { return v6(global(r), r()); }, 100},
    {"IPv6 /64, a value each", [](Random& r, std::uint32_t) { return prefix(v6(global(r), 0), 64); },
     [](Random& r) { return v6(global(r), r()); }, kPrefixes},
    {"IPv6 /128, a value each, and ::/0", [](Random& r, std::uint32_t i) { return i == 0 ? prefix({}, 0) : prefix(v6(global(r), r()), 128); },
     [](Random& r) { return v6(global(r), r()); }, kPrefixes},
    {"IPv6 /64, all in 2001:db8::/32", [](Random& r, std::uint32_t) { return prefix(v6(kDoc | r() >> 32, 0), 64); },
     [](Random& r) { return v6(kDoc | r() >> 32, r()); }, 100},
    {"IPv6 /128, all in 2001:db8::/64", [](Random& r, std::uint32_t) { return prefix(v6(kDoc, r()), 128); },
     [](Random& r) { return v6(kDoc, r()); }, 100},
    {"IPv6 /128 in 2001:db8::/64, and fe80::/10",
     [](Random& r, std::uint32_t i) { return i == 0 ? prefix(v6(0xfe80000000000000, 0), 10) : prefix(v6(kDoc, r()), 128); },
     [](Random& r) { return v6(kDoc, r()); }, 100},
    {"IPv6 /128, 20 in each /64", [](Random& r, std::uint32_t) { return prefix(v6(kDoc | r() % 50000, r()), 128); },
     [](Random& r) { return v6(kDoc | r() % 50000, r()); }, 100},
    {"IPv4 /24 and IPv6 /48, mixed",
     [](Random& r, std::uint32_t i) { return i % 2 ? prefix(v4(static_cast<std::uint32_t>(r())), 120) : prefix(v6(global(r), 0), 48); },
     [](Random& r) { return r() % 2 ? v4(static_cast<std::uint32_t>(r())) : v6(global(r), r()); }, 100},
};

// An address in `prefix`, its host bits random.
IpAddress inside(const Prefix& prefix, Random& random) {
    IpAddress address = prefix.network;
    for (int bit = prefix.length; bit < 128; ++bit)
        if (random() & 1) address.octets[bit / 8] |= static_cast<std::uint8_t>(0x80u >> bit % 8);
    return address;
}

double since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

struct Measured {
    double stream_ns;  // a look-up among many that do not wait for each other
    double alone_ns;   // a look-up that begins when the former has ended
    double found;      // share of the look-ups
};

double median(std::vector<double> rounds) {
    std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
    return rounds[kRounds / 2] * 1e9 / kProbes;
}

Measured look_up(const PrefixTable& table, const std::vector<IpAddress>& probes) {
    std::vector<double> stream, alone;
    std::size_t found = 0, next = 0;
    for (int round = 0; round < kRounds; ++round) {
        auto start = std::chrono::steady_clock::now();
        found = 0;
        for (const auto& probe : probes) found += !table.find(probe).empty();
        stream.push_back(since(start));
        start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < kProbes; ++i) next = (next + 1 + table.find(probes[next]).size()) % kProbes;
        alone.push_back(since(start));
    }
    return {median(stream), median(alone), static_cast<double>(found) / kProbes};
}

void measure(const Distribution& distribution) {
    Random random(20261123);
    std::vector<PrefixTable::Entry> entries;
    for (std::uint32_t i = 0; i < kPrefixes; ++i) entries.push_back({distribution.next(random, i), i % distribution.values});
    std::vector<IpAddress> hits, others;
    for (std::size_t i = 0; i < kProbes; ++i) {
        hits.push_back(inside(entries[random() % kPrefixes].prefix, random));
        others.push_back(distribution.stranger(random));
    }
    const auto start = std::chrono::steady_clock::now();
    const PrefixTable table(std::move(entries));
    const double build = since(start);
    const auto hit = look_up(table, hits), other = look_up(table, others);
    fmt::print("{:<42} {:>7.1f} {:>7.1f} {:>9.1f} {:>7.1f} {:>7.1f} % {:>7.1f} {:>9.0f}\n", distribution.name, hit.stream_ns, hit.alone_ns, other.stream_ns,
               other.alone_ns, other.found * 100, static_cast<double>(table.memory()) / 1e6, build * 1e3);
}

}  // namespace

int main() {
    fmt::print("{:<42} {:>7} {:>7} {:>9} {:>7} {:>9} {:>7} {:>9}\n", "1,000,000 prefixes", "ns/hit", "alone", "ns/random", "alone", "found", "MB",
               "ms/build");
    for (const auto& distribution : kDistributions) measure(distribution);
}
