// SPDX-License-Identifier: BSD-2-Clause
//
// What becomes of a refusal beside its answer: it is noted for who asks later why, and it may count against its domain.
#include <fmt/format.h>

#include "policy/desk.hh"
#include "policy/notices.hh"

namespace crmrelay::policy {

namespace {

constexpr std::size_t kMessagesStruck = 1000;
constexpr base::Seconds kLimitAgain = 60;
constexpr std::size_t kLimitsTold = 10'000;   // more are forgotten, and then told again

}  // namespace

const conf::Domain* Desk::owner_of(const SessionFacts& facts) const {
    const auto by_login = rules_->with_login(facts.login);
    if (!by_login.empty()) return &rules_->domain(by_login.front());
    const auto by_certificate = rules_->with_certificate(facts);
    return by_certificate.empty() ? nullptr : &rules_->domain(by_certificate.front());
}

// Counted for configured domains only. One whose From no entry speaks for is kept with the domain that its session belongs to, or with none.
void Desk::note(const SessionFacts& session, const Refusal& refusal, const Place& place) {
    store::Refusal row{refusal.domain, clock_(), refusal.observed, refusal.reason, refusal.reply.line(), session.client.text(), session.login};
    if (const auto at = rules_->config().by_name.find(refusal.domain); at != rules_->config().by_name.end()) {
        const auto from_domain = place.message ? from_domain_of(*rules_, *place.message) : std::string();
        row.proved = proof_of(*rules_, at->second, Exhibit{session, place.message, from_domain}).has_value();
    } else {
        const auto* owner = owner_of(session);
        row.counted = false;
        row.proved = owner != nullptr;
        row.domain = owner ? owner->name : "";
    }
    row.tls = session.tls;
    if (place.message && !place.message->from.empty()) row.from = place.message->from.front();
    row.queue_id = place.queue_id;
    row.instance = place.instance;
    for (const auto& finding : refusal.findings)
        if (finding.required && finding.judgement == Judgement::failed) row.why += (row.why.empty() ? "" : "; ") + finding.words;
    store_.record_refusal(std::move(row));
}

// Each domain that the session has proved itself to be of by login or certificate; the one that it would have spoken for is not known yet.
std::vector<Standings::Counted> Desk::strikes_of(const SessionFacts& facts) const {
    std::vector<Standings::Counted> out;
    const auto verdict = session_verdict(*rules_, facts);
    if (verdict.kind != SessionVerdict::Kind::refuse) return out;   // suspended, that is
    for (const auto& refusal : refusals_of_owners(*rules_, facts)) {
        const auto index = rules_->config().by_name.at(refusal.domain);
        const auto proof = proof_of(*rules_, index, Exhibit{facts});
        if (proof && counts(rules_->domain(index), refusal)) out.push_back({refusal.domain, refusal.reason, refusal.reply.line(), *proof});
    }
    return out;
}

std::vector<Standings::Counted> Desk::strikes_of(const Admit& question, const SessionFacts& facts, const Refusal& refusal) {
    const auto& by_name = rules_->config().by_name;
    const auto at = by_name.find(refusal.domain);
    if (at == by_name.end()) {
        if (const auto* owner = owner_of(facts); refusal.reason == "from" && !rules_->config().domain_of(refusal.domain) && !refusal.domain.empty() && owner)
            standings_.unconfigured(owner->name, refusal.domain, facts, refusal.reply, question.message.queue_id);
        return {};
    }
    const auto from_domain = from_domain_of(*rules_, question.message);
    const Exhibit exhibit{facts, &question.message, from_domain};
    const auto proof = proof_of(*rules_, at->second, exhibit);
    if (!proof || !counts(rules_->domain(at->second), refusal)) return {};
    return {{refusal.domain, refusal.reason, refusal.reply.line(), *proof}};
}

// The store tells it once a day. It is asked once a minute: a sender that is over its limit may come as often as it likes, and others wait for the store as well.
void Desk::tell_of_limit(const conf::Domain& domain, const std::string& login, const LimitState& state, bool reached, base::Seconds now) {
    if (limits_told_.size() >= kLimitsTold) limits_told_.clear();
    const auto [last, first] = limits_told_.try_emplace(fmt::format("{} {} {}", account_of(domain, login), name_of(state.window), reached), now);
    if (!first && now >= last->second && now < last->second + kLimitAgain) return;
    last->second = now;
    store_.record_report(limit_notice(domain, login, state, reached, now), {});
}

// Postfix asks once for each recipient; a message counts once.
bool Desk::is_new_message(const PolicyRequest& request) {
    const auto name = request.instance.empty() ? fmt::format("{} {}", request.session.client.text(), request.session.port) : request.instance;
    if (!struck_.insert(name).second) return false;
    struck_order_.push_back(name);
    if (struck_order_.size() > kMessagesStruck) {
        struck_.erase(struck_order_.front());
        struck_order_.pop_front();
    }
    return true;
}

}  // namespace crmrelay::policy
