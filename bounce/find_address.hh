// SPDX-License-Identifier: BSD-2-Clause
//
// Mail addresses in running text.
#pragma once

#include <cstddef>
#include <string_view>

namespace crmrelay::bounce {

// The length of the mail address at the start of `text`, 0 where there is none: a dot-atom or quoted local part, a domain or address literal.
std::size_t address_length(std::string_view text);

// The first mail address in `text`.
std::string_view find_address(std::string_view text);

}  // namespace crmrelay::bounce
