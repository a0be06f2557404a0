// SPDX-License-Identifier: BSD-2-Clause
//
// Parses and prints IP addresses and prefixes (RFC 4291, RFC 4632).
#include "base/ip.hh"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.hh"

namespace crmrelay::base {

namespace {

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void clear_host_bits(IpAddress& address, int length) {
    auto octet = address.octets.begin() + length / 8;
    if (length % 8 != 0) *octet++ &= static_cast<std::uint8_t>(0xff00u >> length % 8);
    std::fill(octet, address.octets.end(), std::uint8_t{0});
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
    IpAddress out;
    const bool marked = istarts_with(text, "IPv6:");
    const std::string address(marked ? text.substr(5) : text);
    const bool whole = address.find('\0') == std::string::npos;
    const bool colons = address.find(':') != std::string::npos;
    if (whole && colons && inet_pton(AF_INET6, address.c_str(), out.octets.data()) == 1) return out;
    std::copy(std::begin(kMapped), std::end(kMapped), out.octets.begin());
    if (whole && !marked && inet_pton(AF_INET, address.c_str(), out.octets.data() + 12) == 1) return out;
    return Error{fmt::format("\"{}\" is no IPv4 or IPv6 address", neuter(text, 64))};
}

bool IpAddress::is_v4() const { return std::equal(std::begin(kMapped), std::end(kMapped), octets.begin()); }

bool IpAddress::is_loopback() const {
    if (is_v4()) return octets[12] == 127;
    return octets == std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN];
    if (is_v4()) return inet_ntop(AF_INET, octets.data() + 12, buffer, sizeof buffer);
    return inet_ntop(AF_INET6, octets.data(), buffer, sizeof buffer);
}

Result<Prefix> Prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return Error{address.error()};
    const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const int widest = v4 ? 32 : 128;
    Prefix out{*address, 128};
    if (slash != std::string_view::npos) {
        const auto length = parse_number(text.substr(slash + 1));
        if (!length || *length > static_cast<std::uint64_t>(widest))
            return Error{fmt::format("\"{}\": the prefix length is not a number from 0 to {}", neuter(text, 64), widest)};
        out.length = static_cast<int>(*length) + 128 - widest;
    }
    clear_host_bits(out.network, out.length);
    if (out.network != *address) return Error{fmt::format("\"{}\" has host bits set; the network is {}", neuter(text, 64), out.text())};
    return out;
}

bool Prefix::contains(const IpAddress& address) const {
    IpAddress masked = address;
    clear_host_bits(masked, length);
    return masked == network;
}

std::string Prefix::text() const {
    const bool v4 = network.is_v4() && length >= 96;
    return fmt::format("{}/{}", network.text(), v4 ? length - 96 : length);
}

}  // namespace crmrelay::base
