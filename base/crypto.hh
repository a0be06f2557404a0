// SPDX-License-Identifier: BSD-2-Clause
//
// The few primitives that the rooms need from OpenSSL, and text forms of octets. No keys are kept here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crmrelay::base {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104). Throw std::runtime_error where OpenSSL fails.
Digest sha256(std::string_view data);
Digest hmac_sha256(std::string_view key, std::string_view data);

// `count` octets from the operating system's generator. Throws std::runtime_error where there are none.
std::string random_octets(std::size_t count);

// Compares without leaking where they differ; false at once where the sizes differ.
bool constant_time_equal(std::string_view a, std::string_view b);

std::string hex(std::string_view octets);                             // lower case
std::string base32(std::string_view octets);                          // RFC 4648 section 6, lower case, no padding
std::optional<std::string> from_base32(std::string_view text);        // either case; nothing where a letter is foreign or bits are left over

std::string base64(std::string_view octets);                          // RFC 4648 section 4, padded
std::optional<std::string> from_base64(std::string_view text);        // padded or not; nothing where a letter is foreign or bits are left over

inline std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace crmrelay::base
