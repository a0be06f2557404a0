// SPDX-License-Identifier: BSD-2-Clause
//
// What most subcommands begin with: the configuration, and the store it names.
#pragma once

#include <optional>
#include <string>

#include "conf/config.hh"
#include "store/store.hh"

namespace crmrelay::ctl {

// Nothing where something is wrong with it: every problem then stands on standard error.
std::optional<conf::Config> open_config(const std::string& file);

// The store as it is; never makes one. Throws std::runtime_error.
store::Store open_store(const conf::Config& config);

// False, and words on standard error, where no entry has this name.
bool is_domain(const conf::Config& config, const std::string& name);

}  // namespace crmrelay::ctl
