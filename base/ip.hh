// SPDX-License-Identifier: BSD-2-Clause
//
// IP addresses and CIDR prefixes. IPv4 is held as an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), so both compare as one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace crmrelay::base {

struct IpAddress {
    std::array<std::uint8_t, 16> octets{};

    // "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; also with Sendmail's "IPv6:" in front.
    static Result<IpAddress> parse(std::string_view text);
    bool is_v4() const;
    bool is_loopback() const;   // 127.0.0.0/8, ::1
    std::string text() const;
    auto operator<=>(const IpAddress&) const = default;
};

struct Prefix {
    IpAddress network;          // host bits are zero
    int length = 0;             // of the 128 bits; an IPv4 /24 has 120

    // "192.0.2.0/24", "2001:db8::/32", or a single address. Host bits that are set are an error.
    static Result<Prefix> parse(std::string_view text);
    bool contains(const IpAddress& address) const;
    std::string text() const;
    auto operator<=>(const Prefix&) const = default;
};

}  // namespace crmrelay::base
