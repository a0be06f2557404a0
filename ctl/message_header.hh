// SPDX-License-Identifier: BSD-2-Clause
//
// The fields of a message file that a decision needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

// The values of all From fields of the header, as they stand in it; the body is not looked at.
std::vector<std::string> from_fields(std::string_view message);

// The values of all fields of this name (any case).
std::vector<std::string> field_values(std::string_view message, std::string_view name);

// The value of the first Message-ID field, or "".
std::string message_id_of(std::string_view message);

}  // namespace crmrelay::ctl
