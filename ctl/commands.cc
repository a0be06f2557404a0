// SPDX-License-Identifier: BSD-2-Clause
//
// Finds a subcommand by its name.
#include "ctl/commands.hh"

#include <algorithm>
#include <iterator>

namespace crmrelay::ctl {

static_assert(std::ranges::is_sorted(kCommands, {}, &Command::name), "find_command() searches by halves");

const Command* find_command(std::string_view name) {
    const auto* const found = std::ranges::lower_bound(kCommands, name, {}, &Command::name);
    return found != std::end(kCommands) && found->name == name ? found : nullptr;
}

}  // namespace crmrelay::ctl
