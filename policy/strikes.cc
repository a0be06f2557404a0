// SPDX-License-Identifier: BSD-2-Clause
//
// Counts failures. A server whose clock is behind counts into the day that the others have begun.
#include "policy/strikes.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

constexpr std::size_t kWhyCap = 200;

void begin_day(store::Standing& standing, std::int64_t day) {
    if (day <= standing.day) return;
    standing.day = day;
    standing.today = standing.in_a_row = 0;
    standing.failures.clear();
}

void keep(store::Standing& standing, store::Failure failure) {
    for (auto* text : {&failure.text, &failure.client, &failure.login, &failure.queue_id}) *text = base::neuter(*text, kFailureTextCap);
    standing.failures.push_back(std::move(failure));
    if (standing.failures.size() > kFailuresKept) standing.failures.erase(standing.failures.begin());
}

}  // namespace

std::string_view name_of(Proof proof) {
    switch (proof) {
        case Proof::login: return "login";
        case Proof::certificate: return "certificate";
        case Proof::dkim: return "dkim";
        case Proof::tenant: return "tenant";
    }
    return "none";
}

std::optional<Proof> proof_of(const Rules& rules, std::size_t domain, const Exhibit& exhibit) {
    using conf::Evidence;
    const auto held = [&](Evidence kind) { return judge(rules, domain, kind, exhibit) == Judgement::held; };
    if (held(Evidence::login)) return Proof::login;
    if (held(Evidence::certificate)) return Proof::certificate;
    if (held(Evidence::dkim)) return Proof::dkim;
    if (held(Evidence::tenant) && held(Evidence::network)) return Proof::tenant;
    return std::nullopt;
}

bool counts(const conf::Domain& domain, const Refusal& refusal) {
    return refusal.domain == domain.name && !refusal.observed && domain.mode == conf::Mode::enforce && !refusal.reply.is_temporary() &&
           domain.suspend.count.contains(refusal.reason);
}

Struck strike(const store::Standing& before, const conf::Domain& domain, const store::Failure& failure) {
    using Tell = Struck::Tell;
    Struck out{before, false, false, Tell::nobody};
    auto& standing = out.standing;
    begin_day(standing, domain.timezone.day_of(failure.time));
    if (before.is_suspended(failure.time) || standing.today >= kFailuresCounted) return out;
    out.changed = true;
    ++standing.today;
    ++standing.in_a_row;
    out.event = standing.today <= kStrikeEventsADay;
    keep(standing, failure);
    const int after = domain.suspend.after;
    if (after > 0 && standing.in_a_row >= after) {
        standing.suspended_at = failure.time;
        standing.until = domain.timezone.begin_of(static_cast<base::Day>(standing.day) + 1);
        standing.by_hand = false;
        standing.why = base::neuter(fmt::format("{} failure{} in a row today, the last one: {}", standing.in_a_row, standing.in_a_row == 1 ? "" : "s", failure.reason), kWhyCap);
        out.event = true;
        out.tell = Tell::suspended;
    } else if (standing.in_a_row == kWarnedAt && standing.warned_on != standing.day) {
        standing.warned_on = standing.day;
        out.tell = Tell::warned;
    } else if (after == 0 && standing.in_a_row == kToldAt && standing.told_on != standing.day) {
        standing.told_on = standing.day;
        out.tell = Tell::told;
    }
    return out;
}

bool warn_of_password(store::Standing& standing, const conf::Domain& domain, base::Seconds now) {
    const std::int64_t day = domain.timezone.day_of(now);
    if (day <= standing.password_on) return false;
    standing.password_on = day;
    return true;
}

store::Standing suspended(const store::Standing& before, base::Seconds now, base::Seconds until, std::string why) {
    auto out = before;
    out.suspended_at = now;
    out.until = until;
    out.why = base::neuter(why, kWhyCap);
    out.by_hand = true;
    return out;
}

std::optional<store::Standing> resumed(const store::Standing& before) {
    if (before.suspended_at == 0) return std::nullopt;
    auto out = before;
    out.suspended_at = out.until = 0;
    out.in_a_row = 0;
    out.failures.clear();
    out.why.clear();
    out.by_hand = false;
    return out;
}

std::optional<store::Standing> resumed_when_over(const store::Standing& before, base::Seconds now) {
    return before.is_suspended(now) ? std::nullopt : resumed(before);
}

Reply suspended_reply(const conf::Domain& domain, const store::Standing& standing) {
    const auto until = standing.until == 0 ? std::string("until an administrator resumes it") : "until " + domain.timezone.rfc3339(standing.until);
    const auto words = fmt::format("{}: relaying is suspended {}: {}", domain.name, until, standing.why);
    return Reply::temporary(domain.suspend.detail, "suspended", words).with_code(domain.suspend.code);
}

}  // namespace crmrelay::policy
