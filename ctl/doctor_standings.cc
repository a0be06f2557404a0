// SPDX-License-Identifier: BSD-2-Clause
//
// How each domain stands, and From domains that nobody has configured.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ctl/advice.hh"
#include "ctl/doctor_parts.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kLookBack = 30 * 86400;
constexpr int kStrangersMost = 1000;   // events that are read
constexpr int kRefusalsMost = 100;

// What the guide says of the last failure, which stays when the suspension is over; empty where an administrator has suspended it.
std::string explanation_of(const Examination& about, const store::Standing& standing) {
    if (standing.by_hand || standing.failures.empty() || !advice_on(standing.failures.back().reason)) return {};
    return about.scene.mend.ctl("explain " + standing.failures.back().reason);
}

Finding suspension(const Examination& about, const conf::Domain& domain, const store::Standing& standing) {
    const auto& tr = about.scene.tr;
    const auto named = "domain"_a = domain.name;
    const auto why = "why"_a = standing.why;
    auto text = standing.until == 0 ? tr("{domain} is suspended until it is resumed: {why}", named, why)
                                    : tr("{domain} is suspended until {time}: {why}", named, "time"_a = domain.timezone.rfc3339(standing.until), why);
    if (const auto explain = explanation_of(about, standing); !explain.empty())
        text = tr("{suspended}; mend the cause first ({explain}), then resume it", "suspended"_a = text, "explain"_a = explain);
    return {Level::fail, text, about.scene.mend.ctl("resume " + domain.name), domain.name};
}

// Whether that session was encrypted, as the record of its refusal says.
bool had_tls(const Examination& about, const std::string& domain, const store::Failure& failure) {
    const auto refusals = about.store->latest_refusals(domain, kRefusalsMost);
    return std::ranges::any_of(refusals, [&](const store::Refusal& refusal) {
        return refusal.reason == failure.reason && refusal.client == failure.client && refusal.login == failure.login && refusal.text == failure.text && !refusal.tls.empty();
    });
}

// explain, with the facts of a session that failed.
std::string explain_again(const Examination& about, const std::string& domain, const store::Failure& failure) {
    std::string out = "explain --client " + shell_word(failure.client);
    if (!failure.login.empty()) out += " --login " + shell_word(failure.login);
    if (had_tls(about, domain, failure)) out += " --tls";
    return about.scene.mend.ctl(out + " --from sales@" + domain);
}

Finding standing_of(const Examination& about, const conf::Domain& domain) {
    const auto& tr = about.scene.tr;
    const auto standing = about.store->standing(domain.name);
    const auto named = "domain"_a = domain.name;
    if (standing.is_suspended(about.now)) return suspension(about, domain, standing);
    const bool today = standing.day == domain.timezone.day_of(about.now);
    if (!today || standing.in_a_row == 0 || standing.failures.empty()) {
        if (domain.mode == conf::Mode::observe) return {Level::ok, tr("{domain} only observes: nothing is refused", named), "", domain.name};
        return {Level::ok, tr("{domain} is active, no refusal of its own sessions stands against it", named), "", domain.name};
    }
    const auto& last = standing.failures.back();
    return {Level::warn,
            tr.plural("{domain}: {count} refusal of its own session today, {text}", "{domain}: {count} refusals in a row of its own sessions today, the last: {text}", standing.in_a_row, named,
                      "text"_a = last.text),
            explain_again(about, domain.name, last), domain.name};
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
