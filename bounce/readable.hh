// SPDX-License-Identifier: BSD-2-Clause
//
// A text part as somebody would read it: transfer encoding and charset decoded, HTML as lines of text. UTF-8, lines end in LF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bounce/mime.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxReadable = 4 << 20;   // octets of a part that are read

std::string readable(const Message& message, const Part& part, std::size_t cap = kMaxReadable);

// Tags out, the lines that they make in, entities decoded; script and style with their content go.
std::string html_text(std::string_view html);

}  // namespace crmrelay::bounce
