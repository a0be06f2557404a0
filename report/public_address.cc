// SPDX-License-Identifier: BSD-2-Clause
//
// The list, and what is taken out of an address that carries another.
#include "report/public_address.hh"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace crmrelay::report {

namespace {

constexpr std::string_view kNotPublic[] = {
    "0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",  "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24",
    "192.168.0.0/16", "198.18.0.0/15",  "224.0.0.0/4",   "240.0.0.0/4",                                            // IPv4
    "::/128",         "::1/128",        "fc00::/7",      "fe80::/10",    "fec0::/10",      "ff00::/8",       "100::/64",
    "2001::/32",      "64:ff9b:1::/48",                                                                              // Teredo; NAT64 of one's own
};

std::vector<base::Prefix> prefixes() {
    std::vector<base::Prefix> out;
    for (const auto text : kNotPublic) {
        auto prefix = base::Prefix::parse(text);
        if (!prefix) throw std::logic_error(prefix.error());
        out.push_back(*prefix);
    }
    return out;
}

base::IpAddress mapped(const base::IpAddress& from, std::size_t at) {
    base::IpAddress out;
    out.octets[10] = out.octets[11] = 0xff;
    std::copy_n(from.octets.begin() + static_cast<std::ptrdiff_t>(at), 4, out.octets.begin() + 12);
    return out;
}

}  // namespace

bool is_public(const base::IpAddress& address) {
    static const auto kPrefixes = prefixes();
    static const auto kNat64 = *base::Prefix::parse("64:ff9b::/96");
    static const auto k6to4 = *base::Prefix::parse("2002::/16");
    static const auto kCompatible = *base::Prefix::parse("::/96");
    if (std::ranges::any_of(kPrefixes, [&](const base::Prefix& prefix) { return prefix.contains(address); })) return false;
    if (kNat64.contains(address)) return is_public(mapped(address, 12));
    if (k6to4.contains(address)) return is_public(mapped(address, 2));
    return !kCompatible.contains(address);
}

}  // namespace crmrelay::report
