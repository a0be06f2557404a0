// SPDX-License-Identifier: BSD-2-Clause
//
// The little that the milter itself needs of the configuration, in the form it looks it up: whose message must wait while policyd is
// away, which header fields a record keeps or a domain removes, and DKIM keys. It decides nothing while policyd is there.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hh"
#include "base/prefix_table.hh"
#include "conf/config.hh"
#include "milter/dkim_settings.hh"
#include "milter/message.hh"

namespace crmrelay::milter {

struct Settings {
    Names logins;                  // of all domains
    base::PrefixTable networks;    // of all domains
    Names headers;                 // that some domain's record keeps

    Names removable;               // that some domain removes
    bool archives = false;         // some domain does
    std::shared_ptr<const DkimSettings> dkim;   // null where no domain needs it: bodies stay with the MTA then

    explicit Settings(const conf::Config& config, std::shared_ptr<const DkimSettings> dkim = nullptr);

    bool knows_login(std::string_view login) const;
    bool lists(const base::IpAddress& client) const;
};

using Snapshot = std::shared_ptr<const Settings>;

// With all keys read. `problems`: a line for each that cannot be used; `snapshot` is null then.
struct LoadedSettings {
    Snapshot snapshot;
    std::vector<std::string> problems;
};
LoadedSettings load_settings(const conf::Config& config);

}  // namespace crmrelay::milter
