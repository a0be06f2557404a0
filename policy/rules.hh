// SPDX-License-Identifier: BSD-2-Clause
//
// What decisions are made by: one configuration, made ready for look-ups. Immutable; a reload builds a new one.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefix_table.hh"
#include "conf/config.hh"
#include "policy/facts.hh"
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

    // Indexes of the domains that list this client certificate, by fingerprint or by verified subject.
    std::vector<std::size_t> with_certificate(const SessionFacts& facts) const;
    // Indexes of the domains that list "spf:NAME".
    std::span<const std::size_t> with_spf(std::string_view name) const;
    // Every NAME, and those of the domains that list this login.
    const std::vector<std::string>& spf_names() const { return spf_names_; }
    std::vector<std::string> spf_names_of(std::string_view login) const;
    // Those that can change what session_verdict() says: every one without a login; else those of the domains that list the login or the certificate.
    std::vector<std::string> spf_names_of(const SessionFacts& facts) const;

private:
    using Index = std::map<std::string, std::vector<std::size_t>, std::less<>>;

    void add_spf_names(std::size_t index, std::vector<std::string>& into) const;

    conf::Snapshot config_;
    TokenKeys keys_;
    base::PrefixTable networks_;
    Index by_fingerprint_, by_subject_, by_spf_;
    std::vector<std::string> spf_names_;
};

using RulesPtr = std::shared_ptr<const Rules>;

}  // namespace crmrelay::policy
