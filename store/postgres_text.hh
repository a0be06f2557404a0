// SPDX-License-Identifier: BSD-2-Clause
//
// The room's SQL and octets as PostgreSQL wants them. Pure. Internal to the room.
//
// A PostgreSQL text is UTF-8 without NUL, and what a CRM wrote is any octets. An octet that does not belong to valid UTF-8 becomes the private character
// U+10FF00 plus the octet; these characters themselves, should they come, become four such characters. So every text comes back as it was, two different
// texts stay different, and what is UTF-8 reads in psql as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::store {

std::string to_utf8(std::string_view octets);
std::string from_utf8(std::string_view text);

// `:name` becomes $1, $2 …, in their order.
std::string numbered(std::string_view sql);

// A statement of schema.cc: its types, and texts that are compared octet by octet, as SQLite does.
std::string ported(std::string_view statement);

}  // namespace crmrelay::store
