// SPDX-License-Identifier: BSD-2-Clause
//
// Loads configuration and keys for the start, for -t and for a reload.
#include "policy/load_rules.hh"

#include <fmt/format.h>

#include <stdexcept>

#include "conf/loader.hh"
#include "conf/secrets.hh"
#include "policy/log.hh"

namespace crmrelay::policy {

std::optional<RulesPtr> load_rules(const std::string& path, const std::function<void(const std::string&)>& tell) {
    auto loaded = conf::load(path);
    if (const auto* problems = std::get_if<conf::Problems>(&loaded)) {
        for (const auto& problem : *problems) tell(problem.message());
        return std::nullopt;
    }
    auto config = std::make_shared<const conf::Config>(std::move(std::get<conf::Config>(loaded)));
    const auto keys = conf::load_keys(config->service.keys);
    if (!keys) {
        tell(keys.error());
        return std::nullopt;
    }
    std::vector<std::string> secrets;
    for (const auto& key : *keys) secrets.push_back(key.secret);
    try {
        return std::make_shared<const Rules>(std::move(config), TokenKeys(std::move(secrets)));
    } catch (const std::length_error& error) {   // networks that overlap beyond what the table takes
        tell(fmt::format("{}: networks: {}", path, error.what()));
        return std::nullopt;
    }
}

void warn_of_fixed_settings(const conf::Service& running, const conf::Service& loaded) {
    const auto warn = [](std::string_view key, const std::string& was, const std::string& is) {
        if (was != is) log::config_problem(fmt::format("[service] {} is now {}: this needs a restart, {} stays in use", key, is, was));
    };
    warn("policy", running.policy.text(), loaded.policy.text());
    warn("auth", running.auth.text(), loaded.auth.text());
    warn("admission", running.admission.text(), loaded.admission.text());
    const auto metrics = [](const conf::Service& service) { return service.metrics.policyd ? service.metrics.policyd->text() : std::string("absent"); };
    warn("metrics.policyd", metrics(running), metrics(loaded));
    warn("store", running.store, loaded.store);
    warn("store_password", running.store_password, loaded.store_password);
    warn("server", running.server, loaded.server);
    warn("syslog", running.syslog_path, loaded.syslog_path);
    warn("user", running.user.policyd, loaded.user.policyd);
}

}  // namespace crmrelay::policy
