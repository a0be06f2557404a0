// SPDX-License-Identifier: BSD-2-Clause
//
// How the desk learns whether an SPF record passes a client. What stands behind it knows DNS; the desk does not.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/ip.hh"
#include "policy/facts.hh"

namespace crmrelay::policy {

class NetworkLookup {
public:
    virtual ~NetworkLookup() = default;

    // The answer where it is at hand.
    virtual std::optional<Standing> at_once(const std::string& name, const base::IpAddress& client) = 0;
    // Calls back once, from any thread, within a bounded time; `unknown` where DNS cannot say.
    virtual void look_up(const std::string& name, const base::IpAddress& client, std::function<void(Standing)> done) = 0;
};

}  // namespace crmrelay::policy
