// SPDX-License-Identifier: BSD-2-Clause
//
// Domains that share a file of secrets read it once each.
#include "report/receivers.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace crmrelay::report {

base::Result<Receivers> load_receivers(const conf::Config& config) {
    Receivers out;
    for (const auto& domain : config.domains) {
        if (!domain.webhook) continue;
        auto secrets = load_webhook_secrets(*domain.webhook);
        if (!secrets) return base::Error{fmt::format("webhook of {}: {}", domain.name, secrets.error())};
        if (const auto& ca = domain.webhook->ca; !ca.empty() && ::access(ca.c_str(), R_OK) != 0)
            return base::Error{fmt::format("webhook of {}: ca {}: {}", domain.name, ca, std::generic_category().message(errno))};
        out.emplace(domain.name, Receiver{*domain.webhook, std::move(*secrets)});
    }
    return out;
}

}  // namespace crmrelay::report
