// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelay-postfix.saved: what --apply changed, with the former values, so that --revert finds its way back.
#pragma once

#include <string>
#include <vector>

#include "ctl/postfix_plan.hh"

namespace crmrelay::ctl {

inline constexpr const char* kSavedName = "crmrelay-postfix.saved";

// As text of the file, JSON; and back. A text that cannot be read is an error.
std::string saved_text(const std::vector<Change>& changes);
base::Result<std::vector<Change>> parse_saved(std::string_view text);

// What stands in the file after `applied` was set, too: the former values are those before the first --apply.
std::vector<Change> merged(std::vector<Change> saved, const std::vector<Change>& applied);

// Empty where there is no such file. Throws std::runtime_error where it cannot be read or written.
std::vector<Change> read_saved(const std::string& directory);
void write_saved(const std::string& directory, const std::vector<Change>& changes);   // none: the file goes

}  // namespace crmrelay::ctl
