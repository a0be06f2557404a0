// SPDX-License-Identifier: BSD-2-Clause
//
// Text without knowledge of mail: ASCII case, trimming, splitting, numbers, and neutering of what came from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::base {

char ascii_lower(char c);
std::string lower(std::string_view text);                        // ASCII only; other octets stay
bool iequals(std::string_view a, std::string_view b);            // ASCII case folded
bool istarts_with(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);                    // space, tab, CR, LF at both ends
std::vector<std::string_view> split(std::string_view text, char separator);  // "a,,b" gives three
std::optional<std::uint64_t> parse_number(std::string_view digits);          // decimal digits only, no sign, no overflow

// Text from outside made harmless on one line: C0/C1 controls, DEL, invalid or overlong UTF-8 and the Unicode
// direction marks become "?", and it is at most `cap` octets (ending in "..." where it was cut), never inside a UTF-8 sequence.
std::string neuter(std::string_view text, std::size_t cap = 512);

// A neutered value for a log field: in double quotes (with \" and \\) where it holds a space, a quote, "=" or nothing.
std::string log_value(std::string_view text, std::size_t cap = 512);

}  // namespace crmrelay::base
