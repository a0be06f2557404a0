// SPDX-License-Identifier: BSD-2-Clause
//
// The desk's view of SpfNetworks.
#pragma once

#include "policy/network_lookup.hh"
#include "policy/spf_networks.hh"

namespace crmrelay::policy {

class SpfLookup : public NetworkLookup {
public:
    explicit SpfLookup(SpfNetworks& networks) : networks_(networks) {}

    std::optional<Standing> at_once(const std::string& name, const base::IpAddress& client) override {
        const auto known = networks_.at_once(name, client);
        return known.settled ? std::optional(known.standing) : std::nullopt;
    }
    void look_up(const std::string& name, const base::IpAddress& client, std::function<void(Standing)> done) override {
        networks_.look_up(name, client, std::move(done));
    }

private:
    SpfNetworks& networks_;
};

}  // namespace crmrelay::policy
