// SPDX-License-Identifier: BSD-2-Clause
//
// Which of several codes tells most: a report's field says what the reporting server made of it, the text what the other server said.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::bounce {

// The enhanced status code that tells most of `field` (of a report, or empty) and those in `text`; empty where there is none.
std::string better_status(std::string_view field, std::string_view text);

// The reply code of the last reply in `text` that an enhanced status code follows, else of the first reply; 0 where there is none.
int last_code_in(std::string_view text);

// The host that answered, as texts name it: "host mx.dest.test [192.0.2.1] said:", "while talking to mx.dest.test.:"; empty where none does.
std::string host_in(std::string_view text);

// Lines joined by blanks, runs of blanks made one.
std::string one_line(std::string_view text);

}  // namespace crmrelay::bounce
