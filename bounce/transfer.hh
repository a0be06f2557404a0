// SPDX-License-Identifier: BSD-2-Clause
//
// Content transfer encodings (RFC 2045 section 6), decoded only: broken input gives what can be read of it, and never more than `cap` octets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace crmrelay::bounce {

enum class Encoding { identity, base64, quoted_printable };   // identity: 7bit, 8bit, binary, and all that is unknown

// Reads an unfolded Content-Transfer-Encoding value.
Encoding parse_encoding(std::string_view value);

std::string decode_base64(std::string_view text, std::size_t cap);
std::string decode_quoted_printable(std::string_view text, std::size_t cap);
std::string decode(Encoding encoding, std::string_view text, std::size_t cap);

// 0 to 15, or -1 where `c` is no hexadecimal digit.
int hex_digit(char c);

// "%41" -> "A", for any mark; what is no escape stays.
std::string decode_hex_escapes(std::string_view text, char mark);

}  // namespace crmrelay::bounce
