// SPDX-License-Identifier: BSD-2-Clause
//
// Addresses as delivery reports write them: with a type (RFC 3464 section 2.3, RFC 6533 section 3), in xtext (RFC 3461 section 4),
// with angles, comments and source routes; and their comparison with the addresses that a record holds. Judges no address's validity.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxAddress = 1'024;   // octets of an address that are kept

// RFC 3461 section 4: "+3D" -> "=". Nothing where `text` is no xtext (a "+" without two upper-case digits, a blank, "=" or an 8-bit octet).
std::optional<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view text);

// RFC 6533 section 3: "\x{3B1}" -> U+03B1 in UTF-8; what is no such escape stays.
std::string decode_unitext(std::string_view text);

// The mailbox in `text`: "Name <@relay:user@dest.test> (comment)" -> "user@dest.test".
std::string bare_mailbox(std::string_view text);

struct TypedAddress {
    std::string type;      // "rfc822", "utf-8", "x400", lower case; empty where none is written
    std::string address;   // a bare mailbox, for "utf-8" with its escapes decoded
};

// "rfc822; user@dest.test", "rfc822;<user@dest.test>", "utf-8; \x{3B1}@dest.test", also "user@dest.test".
TypedAddress parse_typed_address(std::string_view value);

// For comparing: ASCII letters folded, quotes that a local part does not need and a domain's final dot removed.
std::string comparable(std::string_view mailbox);

// Whether a report's address is the mailbox of a record: comparable forms are equal, as they stand or with the report's xtext decoded.
bool same_mailbox(std::string_view reported, std::string_view recorded);

}  // namespace crmrelay::bounce
