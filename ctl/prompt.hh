// SPDX-License-Identifier: BSD-2-Clause
//
// Asks for a password: from a terminal without echo, else a line of standard input.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace crmrelay::ctl {

// The first line, at most `cap` octets and one more; nothing where there is none.
std::optional<std::string> read_password(std::size_t cap);

}  // namespace crmrelay::ctl
