// SPDX-License-Identifier: BSD-2-Clause
//
// What is still to be told: how much waits and since when, dead letters, targets that are asked for nothing.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "ctl/doctor_parts.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kRowsMost = 10'000;
constexpr base::Seconds kLate = 3600;

bool is_asked_about(const Examination& about, const std::string& domain) { return std::ranges::any_of(about.domains, [&](const conf::Domain* each) { return each->name == domain; }); }

void look_at_rows(const Examination& about, Findings& out) {
    const auto& tr = about.scene.tr;
    const auto pending = about.store->outbox({std::nullopt, "pending", kRowsMost});
    const auto dead = static_cast<long>(about.store->dead_letters(""));
    base::Seconds oldest = about.now;
    const store::Outgoing* late = nullptr;
    for (const auto& row : pending)
        if (row.created_at < oldest) {
            oldest = row.created_at;
            late = &row;
        }
    const auto count = static_cast<long>(pending.size());
    if (late && about.now - oldest > kLate)
        out.push_back({Level::warn,
                       tr.plural("outbox: {count} report waits, since {time}: {error}", "outbox: {count} reports wait, the oldest since {time}: {error}", count,
                                 "time"_a = base::rfc3339(oldest), "error"_a = late->last_error.empty() ? tr("crmrelay-bounced has not tried it yet") : late->last_error),
                       late->last_error.empty() ? about.scene.mend.start("crmrelay-bounced") : about.scene.mend.ctl(fmt::format("outbox retry {}", late->id)), late->domain});
    else
        out.push_back({Level::ok, tr.plural("outbox: {count} report waits", "outbox: {count} reports wait", count), ""});
    if (dead > 0)
        out.push_back({Level::warn, tr.plural("outbox: {count} dead letter is kept until it is retried or dropped", "outbox: {count} dead letters are kept until they are retried or dropped", dead),
                       about.scene.mend.ctl("outbox retry --all")});
}

void look_at_targets(const Examination& about, Findings& out) {
    const auto& tr = about.scene.tr;
    constexpr std::string_view kWebhook = "webhook:";
    for (const auto& target : about.store->targets()) {
        const auto domain = target.name.starts_with(kWebhook) ? target.name.substr(kWebhook.size()) : std::string();
        const auto found = std::ranges::find_if(about.domains, [&](const conf::Domain* each) { return each->name == domain; });
        const bool present = domain.empty() || (found != about.domains.end() && (*found)->webhook && (*found)->webhook->url == target.url);
        if (!present) continue;
        const auto named = "target"_a = domain.empty() ? target.name : target.url;
        const auto reason = "reason"_a = target.reason;
        if (target.disabled_at != 0)
            out.push_back({Level::fail, tr("{target} is asked for nothing since {time}: {reason}", named, "time"_a = base::rfc3339(target.disabled_at), reason),
                           about.scene.mend.ctl("webhook enable " + domain), domain});
        else if (target.paused_until > about.now)
            out.push_back({Level::warn, tr("{target} is left alone until {time}: {reason}", named, "time"_a = base::rfc3339(target.paused_until), reason),
                           domain.empty() ? "" : about.scene.mend.ctl("webhook test " + domain), domain});
    }
}

}  // namespace

Findings doctor_outbox(const Examination& about) {
    Findings out;
    if (!about.store) return out;
    look_at_rows(about, out);
    look_at_targets(about, out);
    std::erase_if(out, [&](const Finding& finding) { return !finding.domain.empty() && !is_asked_about(about, finding.domain) && finding.domain != store::kProbeDomain; });
    return out;
}

}  // namespace crmrelay::ctl
