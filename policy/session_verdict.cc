// SPDX-License-Identifier: BSD-2-Clause
//
// May this session relay? Only network, login and TLS are known at RCPT.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "policy/decision.hh"

namespace crmrelay::policy {

namespace {

Refusal refusal_of(const Rules& rules, std::size_t index, const SessionFacts& facts) {
    const auto& domain = rules.domain(index);
    const auto kind = lacking(rules, index, facts).value_or(conf::Evidence::login);
    const auto reason = conf::name_of(kind);
    return {domain.name, std::string(reason), Reply::permanent("7.1", reason, fmt::format("{}: {}", domain.name, words_for(kind, false, facts))),
            domain.mode == conf::Mode::observe};
}

}  // namespace

bool is_crm_login(const Rules& rules, const SessionFacts& facts) { return !rules.with_login(facts.login).empty(); }

SessionVerdict session_verdict(const Rules& rules, const SessionFacts& facts) {
    const auto by_login = rules.with_login(facts.login);
    const auto by_network = rules.with_network(facts.client);
    const auto admitted = [&](std::size_t index) { return admits(rules, index, facts); };
    if (std::ranges::any_of(by_login, admitted) || std::ranges::any_of(by_network, admitted)) return {SessionVerdict::Kind::grant, std::nullopt};

    // A login of somebody else (an employee, say) is Postfix's business alone.
    if (!facts.login.empty() && by_login.empty()) return {};
    std::vector<std::size_t> candidates(by_login.begin(), by_login.end());
    if (candidates.empty()) candidates.assign(by_network.begin(), by_network.end());
    if (candidates.empty()) return {};

    // Where one of them only observes, refusing could refuse what Postfix alone would take for it.
    const auto observing = std::ranges::find_if(candidates, [&](std::size_t i) { return rules.domain(i).mode == conf::Mode::observe; });
    if (observing != candidates.end()) return {SessionVerdict::Kind::not_ours, refusal_of(rules, *observing, facts)};
    return {SessionVerdict::Kind::refuse, refusal_of(rules, candidates.front(), facts)};
}

}  // namespace crmrelay::policy
