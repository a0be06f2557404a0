// SPDX-License-Identifier: BSD-2-Clause
//
// Reads an SPF record (RFC 7208 section 4.6) as a list of plain terms for one client: macros are expanded, addresses are compared, what cannot
// match is left out. So the library that evaluates the terms never sees a macro, nor any text that a stranger wrote but names of hosts.
// It looks nothing up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hh"
#include "base/result.hh"

namespace crmrelay::policy {

// What macros stand for (section 7.2). Nothing of it is the client's own words.
struct SpfScope {
    base::IpAddress client;
    std::string domain;      // whose record is read: %{d}
    std::string sender;      // the name that is evaluated: %{o}, and %{s} with the local part postmaster
    std::string helo;        // %{h}
};

struct SpfTerm {
    enum class Kind { all, address, include, exists, a, mx, ptr, redirect };
    char qualifier = '+';    // + - ~ ?
    Kind kind = Kind::all;
    std::string name;        // lower case; empty for all and for an address, which is the client's
    int v4_length = 32, v6_length = 128;   // of a and mx

    bool operator==(const SpfTerm&) const = default;
};

constexpr std::size_t kMostSpfOctets = 4096;
constexpr std::size_t kMostSpfTerms = 512;

bool is_spf_record(std::string_view text);   // section 4.5; other TXT records are none of ours

// The error names the term; the caller says whose record it is.
base::Result<std::vector<SpfTerm>> read_spf_record(std::string_view text, const SpfScope& scope);

}  // namespace crmrelay::policy
