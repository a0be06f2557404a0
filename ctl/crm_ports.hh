// SPDX-License-Identifier: BSD-2-Clause
//
// Whether the CRMs of the configured domains can use a port, as their presets say. It reads presets and decides nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/config.hh"
#include "ctl/postfix_state.hh"

namespace crmrelay::ctl {

struct OfferedPorts {
    std::string words;        // "Zoho CRM: 25, 465, 587", a CRM each
    std::vector<int> ports;   // each once
};

// What the domains' CRMs offer. Nothing where one of `ports` is among it, where no domain names a preset that knows ports, or where `ports` is empty.
std::optional<OfferedPorts> other_ports_offered(const conf::Config& config, const std::vector<int>& ports);

// One of those which no other service of master.cf holds; nothing: all are held.
std::optional<int> free_port(const conf::Config& config, const PostfixState& state, const OfferedPorts& offered);

}  // namespace crmrelay::ctl
