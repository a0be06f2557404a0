// SPDX-License-Identifier: BSD-2-Clause
//
// May this session relay? Tenant and DKIM signature stand in the message: at RCPT they may still hold.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "policy/decision.hh"

namespace crmrelay::policy {

namespace {

using conf::Evidence;

Refusal refusal_of(const Rules& rules, std::size_t index, const SessionFacts& facts, const Ruling& ruling) {
    const auto& domain = rules.domain(index);
    const Exhibit exhibit{facts};
    const auto kind = ruling.lacking.value_or(Evidence::login);
    const auto words = fmt::format("{}: {}", domain.name, words_for(rules, index, kind, exhibit));
    const bool observed = domain.mode == conf::Mode::observe;
    auto findings = examine(rules, index, exhibit);
    if (ruling.judgement == Judgement::unknown) return {domain.name, "unavailable", Reply::temporary("4.3", "unavailable", words), observed, std::move(findings)};
    const auto reason = conf::name_of(kind);
    return {domain.name, std::string(reason), Reply::permanent("7.1", reason, words), observed, std::move(findings)};
}

// The domains that this session could speak for, each once, and how their rules stand.
class Candidates {
public:
    Candidates(const Rules& rules, const SessionFacts& facts) : rules_(rules), facts_(facts) {}

    template <typename Indexes>
    void add(const Indexes& indexes) {
        for (const std::size_t index : indexes)
            if (std::ranges::find(found_, index, &Found::index) == found_.end()) found_.push_back({index, rule(rules_, index, Exhibit{facts_})});
    }

    bool empty() const { return found_.empty(); }
    bool any(Judgement judgement) const {
        return std::ranges::any_of(found_, [&](const Found& found) { return found.ruling.judgement == judgement; });
    }
    // The refusal of the first that stands so, or of the first at all that observes.
    Refusal refusal(Judgement judgement) const {
        const auto at = std::ranges::find_if(found_, [&](const Found& found) { return found.ruling.judgement == judgement; });
        return refusal_of(rules_, at->index, facts_, at->ruling);
    }
    // What is told where each that holds is suspended.
    std::optional<Refusal> suspended(const Suspensions& suspended) const {
        std::optional<Refusal> out;
        for (const auto& found : found_) {
            if (found.ruling.judgement != Judgement::held) continue;
            const auto& name = rules_.domain(found.index).name;
            const auto at = suspended.find(name);
            if (at == suspended.end()) return std::nullopt;
            if (!out) out = Refusal{name, "suspended", at->second, false};
        }
        return out;
    }
    bool any_free(Judgement judgement, const Suspensions& suspended) const {
        return std::ranges::any_of(found_, [&](const Found& found) { return found.ruling.judgement == judgement && !suspended.contains(rules_.domain(found.index).name); });
    }
    std::vector<Refusal> failed() const {
        std::vector<Refusal> out;
        for (const auto& found : found_)
            if (found.ruling.judgement == Judgement::failed) out.push_back(refusal_of(rules_, found.index, facts_, found.ruling));
        return out;
    }
    std::optional<Refusal> observed() const {
        const auto at = std::ranges::find_if(found_, [&](const Found& found) { return rules_.domain(found.index).mode == conf::Mode::observe; });
        if (at == found_.end()) return std::nullopt;
        return refusal_of(rules_, at->index, facts_, at->ruling);
    }

private:
    struct Found {
        std::size_t index;
        Ruling ruling;
    };

    const Rules& rules_;
    const SessionFacts& facts_;
    std::vector<Found> found_;
};

}  // namespace

bool is_crm_login(const Rules& rules, const SessionFacts& facts) { return !rules.with_login(facts.login).empty(); }

std::vector<Refusal> refusals_of_owners(const Rules& rules, const SessionFacts& facts) {
    Candidates owners(rules, facts);
    owners.add(rules.with_login(facts.login));
    owners.add(rules.with_certificate(facts));
    return owners.failed();
}

SessionVerdict session_verdict(const Rules& rules, const SessionFacts& facts, const Suspensions& suspended) {
    const auto by_login = rules.with_login(facts.login);
    Candidates by_proof(rules, facts), by_place(rules, facts), perhaps(rules, facts);
    by_proof.add(by_login);
    by_proof.add(rules.with_certificate(facts));
    by_place.add(rules.with_network(facts.client));
    for (const auto& name : rules.spf_names()) {
        const auto answer = std::ranges::find(facts.spf, name, &SpfStanding::name);
        const auto standing = answer == facts.spf.end() ? Standing::unknown : answer->standing;
        if (standing == Standing::in) by_place.add(rules.with_spf(name));
        if (standing == Standing::unknown) perhaps.add(rules.with_spf(name));
    }
    if (by_proof.any_free(Judgement::held, suspended) || by_place.any_free(Judgement::held, suspended)) return {SessionVerdict::Kind::grant, std::nullopt};
    const auto off = by_proof.any(Judgement::held) ? by_proof.suspended(suspended) : by_place.suspended(suspended);
    const bool others_may_hold = by_proof.any_free(Judgement::unknown, suspended) || by_place.any_free(Judgement::unknown, suspended) ||
                                 (facts.login.empty() && perhaps.any_free(Judgement::unknown, suspended));
    if (off && !others_may_hold) return {SessionVerdict::Kind::refuse, off};

    // A login of somebody else (an employee, say) is Postfix's business alone.
    if (!facts.login.empty() && by_login.empty() && by_proof.empty()) return {};
    // A login names its domains: only theirs are looked up. Without one a look-up that failed may hide any of those that list it, whatever else has failed.
    for (const auto* candidates : {&by_proof, &by_place, &perhaps}) {
        if (candidates == &perhaps && !facts.login.empty()) continue;
        if (candidates->any(Judgement::unknown)) return {SessionVerdict::Kind::defer, candidates->refusal(Judgement::unknown)};
    }
    const auto& candidates = by_proof.empty() ? by_place : by_proof;
    if (candidates.empty()) return {};

    // Where one of them only observes, refusing could refuse what Postfix alone would take for it.
    if (auto observed = candidates.observed()) return {SessionVerdict::Kind::not_ours, std::move(observed)};
    return {SessionVerdict::Kind::refuse, candidates.refusal(Judgement::failed)};
}

}  // namespace crmrelay::policy
