// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl suspend and resume: an administrator's hand on a domain's standing. The daemons of all servers see it within about a second.
#include <fmt/format.h>

#include <future>
#include <memory>
#include <stdexcept>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/since.hh"
#include "policy/strike_events.hh"

namespace crmrelay::ctl {

namespace {

// Waits until it is durable.
void change(store::Store& store, const std::string& domain, store::Decide decide) {
    const auto promise = std::make_shared<std::promise<store::Outcome>>();
    auto outcome = promise->get_future();
    store.change_standing(domain, std::move(decide), [promise](const store::Outcome& result) { promise->set_value(result); });
    if (const auto result = outcome.get(); !result.durable) throw std::runtime_error(result.error);
}

const conf::Domain& named(const conf::Config& config, const std::string& name) { return config.domains[config.by_name.at(name)]; }

std::string until_text(const conf::Domain& domain, base::Seconds until) { return until == 0 ? "it is resumed" : domain.timezone.rfc3339(until); }

// "tomorrow", or a moment to come as parse_since reads one.
base::Result<base::Seconds> parse_until(const std::string& text, const conf::Domain& domain, base::Seconds now) {
    if (text == "tomorrow") return domain.timezone.next_midnight(now);
    const auto at = parse_since(text, now);
    if (at && *at > now) return *at;
    return base::Error{fmt::format("--until \"{}\" is no moment to come; write \"tomorrow\", 2026-11-25, or 2026-11-25T08:00:00+09:00", base::neuter(text, 64))};
}

}  // namespace

int suspend(const Arguments& arguments) {
    std::string name, until_given, why = "suspended by an administrator";
    Cli cli("suspend", "Suspends a domain: its messages get a temporary refusal until then, or until `crmrelayctl resume`.");
    cli.positional("DOMAIN", name, "the domain", true).value("--until", until_given, "\"tomorrow\" (its next midnight), or a moment: 2026-11-25T08:00:00+09:00");
    cli.value("--why", why, "what clients are told");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    name = base::lower(name);
    if (!config || !is_domain(*config, name)) return kWrong;
    const auto& domain = named(*config, name);
    const auto now = base::now();
    base::Seconds until = 0;
    if (!until_given.empty()) {
        const auto parsed = parse_until(until_given, domain, now);
        if (!parsed) {
            fmt::print(stderr, "{}\n", parsed.error());
            return kUsage;
        }
        until = *parsed;
    }
    auto store = open_store(*config);
    change(store, name, [&](const store::Standing& before) {
        const auto after = policy::suspended(before, now, until, why);
        return store::StandingChange{true, after, policy::suspended_report(domain, after)};
    });
    fmt::print("{}: suspended until {}\n", name, until_text(domain, until));
    return kFine;
}

int resume(const Arguments& arguments) {
    std::string name;
    Cli cli("resume", "Ends a domain's suspension, and its row of failures.");
    cli.positional("DOMAIN", name, "the domain", true);
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    name = base::lower(name);
    if (!config || !is_domain(*config, name)) return kWrong;
    const auto& domain = named(*config, name);
    auto store = open_store(*config);
    bool was_suspended = false;
    change(store, name, [&](const store::Standing& before) {
        const auto after = policy::resumed(before);
        was_suspended = after.has_value();
        if (!after) return store::StandingChange{false, before, {}};
        return store::StandingChange{true, *after, policy::resumed_report(&domain, before, base::now(), "administrator")};
    });
    fmt::print("{}: {}\n", name, was_suspended ? "resumed" : "it was not suspended");
    return kFine;
}

}  // namespace crmrelay::ctl
