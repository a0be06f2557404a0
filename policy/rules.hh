// SPDX-License-Identifier: BSD-2-Clause
//
// What decisions are made by: one configuration, made ready for look-ups. Immutable; a reload builds a new one.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/prefix_table.hh"
#include "conf/config.hh"
#include "policy/token.hh"

namespace crmrelay::policy {

class Rules {
public:
    Rules(conf::Snapshot config, TokenKeys keys);

    const conf::Config& config() const { return *config_; }
    const conf::Domain& domain(std::size_t index) const { return config_->domains[index]; }
    const TokenKeys& keys() const { return keys_; }
    base::Seconds token_life() const { return base::Seconds{config_->service.retain_days} * 86400; }

    // Indexes of the domains that list a network with this address, ascending.
    std::span<const std::uint32_t> with_network(const base::IpAddress& client) const { return networks_.find(client); }
    // Indexes of the domains that list this login (any case).
    std::span<const std::size_t> with_login(std::string_view login) const;

private:
    conf::Snapshot config_;
    TokenKeys keys_;
    base::PrefixTable networks_;
};

using RulesPtr = std::shared_ptr<const Rules>;

}  // namespace crmrelay::policy
