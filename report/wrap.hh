// SPDX-License-Identifier: BSD-2-Clause
//
// Breaks a line of text into lines of a width, also where Japanese has no blanks: between two characters, but for those that may not begin or end a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::report {

// `columns`: East Asian wide characters have two. A word that is longer stays whole. `line` is valid UTF-8 without line ends.
std::vector<std::string> wrapped(std::string_view line, std::size_t columns);

}  // namespace crmrelay::report
