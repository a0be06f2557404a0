// SPDX-License-Identifier: BSD-2-Clause
//
// The little that the milter itself needs of the configuration, in the form it looks it up: whose message must wait while policyd is
// away, and which header fields a record keeps. It decides nothing while policyd is there.
#pragma once

#include <memory>
#include <string_view>

#include "base/ip.hh"
#include "base/prefix_table.hh"
#include "conf/config.hh"
#include "milter/message.hh"

namespace crmrelay::milter {

struct Settings {
    Names logins;                  // of all domains
    base::PrefixTable networks;    // of all domains
    Names headers;                 // that some domain's record keeps

    explicit Settings(const conf::Config& config);

    bool knows_login(std::string_view login) const;
    bool lists(const base::IpAddress& client) const;
};

using Snapshot = std::shared_ptr<const Settings>;

}  // namespace crmrelay::milter
