// SPDX-License-Identifier: BSD-2-Clause
//
// Text of any charset as UTF-8 (iconv). Never fails: what is no text of its charset becomes "?", and a charset nobody knows is taken for
// Windows-1252 where the octets are not UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxCharsetName = 40;

// At most `cap` octets of UTF-8 (and never a part of a character).
std::string to_utf8(std::string text, std::string_view charset, std::size_t cap);

// Whether `text` is well-formed UTF-8 without overlong forms and surrogates.
bool is_utf8(std::string_view text);

// Encoded words (RFC 2047) decoded, and RFC 2231's charset'language'value; what is none stays as it is. The result is UTF-8, and may hold
// line ends and controls where the words held them: neuter it before it goes anywhere.
std::string decode_words(std::string_view value, std::size_t cap);

}  // namespace crmrelay::bounce
