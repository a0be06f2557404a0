// SPDX-License-Identifier: BSD-2-Clause
//
// The words of a message that came back: what people read of it, a forwarded one without its quotes, Message-IDs.
#pragma once

#include <string>
#include <string_view>

#include "bounce/mime.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxTextParts = 4;   // text parts that are read as one

// The parts that people read, outside of what is returned, as one text.
std::string explanation_of(const Message& message);

// A bounce that somebody forwarded: the quoted lines without their marks, from the end of its header on. Empty where most lines are not quoted.
std::string unquoted(std::string_view text);

// "<id@host>" -> "id@host", neutered.
std::string clean_id(std::string_view value);

// The first "Message-ID:" at the start of a line of the text, cleaned; empty where there is none.
std::string stray_message_id(std::string_view text);

}  // namespace crmrelay::bounce
