// SPDX-License-Identifier: BSD-2-Clause
//
// Makes domains out of what was read: lays [defaults] and then the CRM's preset under each entry, and checks what holds between keys and between domains.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "conf/config.hh"
#include "conf/domain_reader.hh"
#include "conf/preset.hh"

namespace crmrelay::conf {

using PresetOf = std::function<base::Result<Preset>(std::string_view name)>;

// The domains in the order of their names. Without `defaults` (their file could not be read) absent keys are no problem. Each preset is asked for once.
std::vector<Domain> assemble(const std::vector<DomainEntry>& entries, const std::optional<DomainKeys>& defaults, const PresetOf& preset_of, Problems& problems);

}  // namespace crmrelay::conf
