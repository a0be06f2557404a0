// SPDX-License-Identifier: BSD-2-Clause
//
// How each domain stands, and From domains that nobody has configured.
#include <fmt/format.h>

#include <map>

#include "ctl/doctor_parts.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kLookBack = 30 * 86400;
constexpr int kStrangersMost = 1000;   // events that are read

Finding standing_of(const Examination& about, const conf::Domain& domain) {
    const auto& tr = about.scene.tr;
    const auto standing = about.store->standing(domain.name);
    const auto named = "domain"_a = domain.name;
    if (standing.is_suspended(about.now)) {
        const auto why = "why"_a = standing.why;
        const auto resume = about.scene.mend.ctl("resume " + domain.name);
        if (standing.until == 0) return {Level::fail, tr("{domain} is suspended until it is resumed: {why}", named, why), resume, domain.name};
        return {Level::fail, tr("{domain} is suspended until {time}: {why}", named, "time"_a = domain.timezone.rfc3339(standing.until), why), resume, domain.name};
    }
    const bool today = standing.day == domain.timezone.day_of(about.now);
    if (!today || standing.in_a_row == 0 || standing.failures.empty()) {
        if (domain.mode == conf::Mode::observe) return {Level::ok, tr("{domain} only observes: nothing is refused", named), "", domain.name};
        return {Level::ok, tr("{domain} is active, no refusal of its own sessions stands against it", named), "", domain.name};
    }
    const auto& last = standing.failures.back();
    auto explain = fmt::format("explain --client {} {}--from sales@{}", last.client, last.login.empty() ? "" : "--login " + shell_word(last.login) + " ", domain.name);
    return {Level::warn,
            tr.plural("{domain}: {count} refusal of its own session today, {text}", "{domain}: {count} refusals in a row of its own sessions today, the last: {text}", standing.in_a_row, named,
                      "text"_a = last.text),
            about.scene.mend.ctl(explain), domain.name};
}

}  // namespace

Findings doctor_standings(const Examination& about) {
    Findings out;
    if (!about.store) return out;
    for (const auto* domain : about.domains) out.push_back(standing_of(about, *domain));
    return out;
}

Findings doctor_strangers(const Examination& about) {
    Findings out;
    if (!about.store) return out;
    const auto& tr = about.scene.tr;
    for (const auto* domain : about.domains) {
        store::Store::EventQuery query;
        query.domain = domain->name;
        query.type = "unconfigured";
        query.since = about.now - kLookBack;
        query.limit = kStrangersMost;
        std::map<std::string, base::Seconds> last;   // by From domain
        for (const auto& event : about.store->events(query))
            if (!about.scene.config.domain_of(event.action)) last.try_emplace(event.action, event.time);
        for (const auto& [name, time] : last)
            out.push_back({Level::warn,
                           tr("the CRM of {domain} has users with another domain: mail from {name} was refused, last at {time}", "domain"_a = domain->name, "name"_a = name, "time"_a = base::rfc3339(time)),
                           tr("add {line} to {section} in {file}, where it is yours", "line"_a = fmt::format("also = [\"{}\"]", name), "section"_a = fmt::format("[domain.\"{}\"]", domain->name),
                              "file"_a = about.scene.file),
                           domain->name});
    }
    return out;
}

}  // namespace crmrelay::ctl
