// SPDX-License-Identifier: BSD-2-Clause
//
// Makes domains out of what was read: lays [defaults] under each entry, and checks what holds between keys and between domains.
#pragma once

#include <optional>
#include <vector>

#include "conf/config.hh"
#include "conf/domain_reader.hh"

namespace crmrelay::conf {

// The domains in the order of their names. Without `defaults` (their file could not be read) absent keys are no problem.
std::vector<Domain> assemble(const std::vector<DomainEntry>& entries, const std::optional<DomainKeys>& defaults, Problems& problems);

}  // namespace crmrelay::conf
