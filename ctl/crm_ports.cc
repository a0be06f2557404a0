// SPDX-License-Identifier: BSD-2-Clause
//
// A preset that cannot be read is the loader's finding, not one of here.
#include "ctl/crm_ports.hh"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/text.hh"
#include "conf/preset.hh"
#include "ctl/master_ports.hh"

namespace crmrelay::ctl {

std::optional<OfferedPorts> other_ports_offered(const conf::Config& config, const std::vector<int>& ports) {
    if (ports.empty()) return std::nullopt;
    std::set<std::string> names;
    for (const auto& domain : config.domains)
        if (!domain.crm.empty()) names.insert(domain.crm);
    OfferedPorts out;
    std::vector<std::string> offers;
    for (const auto& name : names) {
        const auto preset = conf::load_preset(config.service.presets, name);
        if (!preset || preset->port_texts().empty()) continue;
        if (std::ranges::any_of(ports, [&](int port) { return preset->offers(port); })) return std::nullopt;
        offers.push_back(fmt::format("{}: {}", base::neuter(preset->name), fmt::join(preset->port_texts(), ", ")));
        for (const int port : preset->ports)
            if (std::ranges::find(out.ports, port) == out.ports.end()) out.ports.push_back(port);
    }
    if (offers.empty()) return std::nullopt;
    out.words = fmt::format("{}", fmt::join(offers, "; "));
    return out;
}

std::optional<int> free_port(const conf::Config& config, const PostfixState& state, const OfferedPorts& offered) {
    for (const int port : offered.ports)
        if (!holder_of(config, state, std::to_string(port))) return port;
    return std::nullopt;
}

}  // namespace crmrelay::ctl
