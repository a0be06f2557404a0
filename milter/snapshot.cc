// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the milter's look-ups from a checked configuration.
#include "milter/snapshot.hh"

#include <vector>

#include "base/text.hh"

namespace crmrelay::milter {

namespace {

base::PrefixTable networks_of(const conf::Config& config) {
    std::vector<base::PrefixTable::Entry> entries;
    for (std::uint32_t index = 0; index < config.domains.size(); ++index)
        for (const auto& prefix : config.domains[index].networks) entries.push_back({prefix, index});
    return base::PrefixTable(std::move(entries));
}

}  // namespace

Settings::Settings(const conf::Config& config) : networks(networks_of(config)) {
    for (const auto& domain : config.domains) {
        for (const auto& login : domain.logins) logins.insert(base::lower(login));
        for (const auto& header : domain.headers) headers.insert(base::lower(header));
    }
}

bool Settings::knows_login(std::string_view login) const { return !login.empty() && logins.contains(base::lower(login)); }

bool Settings::lists(const base::IpAddress& client) const { return client != base::IpAddress() && !networks.find(client).empty(); }

}  // namespace crmrelay::milter
