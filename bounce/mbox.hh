// SPDX-License-Identifier: BSD-2-Clause
//
// The messages of an mbox file (RFC 4155): each begins with a "From " line after a blank line, or at the start.
#pragma once

#include <string_view>
#include <vector>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxMboxMessages = 1'000'000;

// Views into `text`, without their "From " lines. A text that does not begin with a "From " line is one message.
std::vector<std::string_view> split_mbox(std::string_view text);

}  // namespace crmrelay::bounce
