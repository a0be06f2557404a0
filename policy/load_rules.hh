// SPDX-License-Identifier: BSD-2-Clause
//
// From files to rules: the configuration and the return-path keys, whole or not at all.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "policy/rules.hh"

namespace crmrelay::policy {

// Nothing where something is wrong; `tell` has then heard every problem, a line each.
std::optional<RulesPtr> load_rules(const std::string& path, const std::function<void(const std::string&)>& tell);

// Logs the settings that only a restart can change.
void warn_of_fixed_settings(const conf::Service& running, const conf::Service& loaded);

}  // namespace crmrelay::policy
