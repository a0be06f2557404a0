// SPDX-License-Identifier: BSD-2-Clause
//
// Opens what the subcommands work on.
#include "ctl/open.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "conf/loader.hh"

namespace crmrelay::ctl {

std::optional<conf::Config> open_config(const std::string& file) {
    auto loaded = conf::load(file);
    if (auto* const config = std::get_if<conf::Config>(&loaded)) return std::move(*config);
    for (const auto& problem : std::get<conf::Problems>(loaded)) fmt::print(stderr, "{}\n", base::neuter(problem.message(), 2000));
    return std::nullopt;
}

store::Store open_store(const conf::Config& config) {
    return store::Store(config.service.store, store::Open::existing, {config.service.server, config.service.store_password, config.service.takeover_after});
}

bool is_domain(const conf::Config& config, const std::string& name) {
    if (std::ranges::any_of(config.domains, [&](const conf::Domain& domain) { return domain.name == name; })) return true;
    fmt::print(stderr, "crmrelayctl: {}: no domain of this name is configured; crmrelayctl status lists them\n", base::neuter(name, 253));
    return false;
}

}  // namespace crmrelay::ctl
