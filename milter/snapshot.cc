// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the milter's look-ups from a checked configuration.
#include "milter/snapshot.hh"

#include <vector>

#include "base/text.hh"
#include "conf/networks.hh"

namespace crmrelay::milter {

Settings::Settings(const conf::Config& config, std::shared_ptr<const DkimSettings> dkim_settings) : networks(conf::networks_of(config)), dkim(std::move(dkim_settings)) {
    for (const auto& domain : config.domains) {
        for (const auto& login : domain.logins) logins.insert(base::lower(login));
        for (const auto& header : domain.headers) headers.insert(base::lower(header));
        if (domain.tenant) headers.insert(base::lower(domain.tenant->header));   // evidence travels as a recorded field does
        for (const auto& header : domain.remove_headers) removable.insert(base::lower(header));
        archives = archives || !domain.archive.empty();
    }
}

bool Settings::knows_login(std::string_view login) const { return !login.empty() && logins.contains(base::lower(login)); }

LoadedSettings load_settings(const conf::Config& config) {
    auto dkim = load_dkim(config);
    if (!dkim.problems.empty()) return {nullptr, std::move(dkim.problems)};
    return {std::make_shared<const Settings>(config, std::move(dkim.settings)), {}};
}

bool Settings::lists(const base::IpAddress& client) const { return client != base::IpAddress() && !networks.find(client).empty(); }

}  // namespace crmrelay::milter
