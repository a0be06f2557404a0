// SPDX-License-Identifier: BSD-2-Clause
//
// The receivers of webhooks that a configuration names, each with its secrets.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "report/webhook.hh"

namespace crmrelay::report {

struct Receiver {
    conf::Webhook webhook;
    WebhookSecrets secrets;
};

using Receivers = std::map<std::string, Receiver, std::less<>>;   // by the domain's name

// Reads the secret files. The error names the file and the domain.
base::Result<Receivers> load_receivers(const conf::Config& config);

}  // namespace crmrelay::report
