// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the look-ups of one configuration.
#include "policy/rules.hh"

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

base::PrefixTable networks_of(const conf::Config& config) {
    std::vector<base::PrefixTable::Entry> entries;
    for (std::size_t i = 0; i < config.domains.size(); ++i)
        for (const auto& prefix : config.domains[i].networks) entries.push_back({prefix, static_cast<std::uint32_t>(i)});
    return base::PrefixTable(std::move(entries));
}

}  // namespace

Rules::Rules(conf::Snapshot config, TokenKeys keys) : config_(std::move(config)), keys_(std::move(keys)), networks_(networks_of(*config_)) {}

std::span<const std::size_t> Rules::with_login(std::string_view login) const {
    if (login.empty()) return {};
    return config_->with_login(login);
}

}  // namespace crmrelay::policy
