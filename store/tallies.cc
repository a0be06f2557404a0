// SPDX-License-Identifier: BSD-2-Clause
//
// Adds up and writes the counts. A hundred messages of one domain in one transaction touch its row once.
#include "store/tallies.hh"

namespace crmrelay::store {

namespace {

constexpr Seconds day = 86400;
// Domains come from the configuration and reasons from a short list: whoever goes beyond this has a fault, not more domains.
constexpr std::size_t most_kept = 4096;

void add_to(Counts& sum, const Counts& more) {
    sum.relayed += more.relayed;
    sum.refused += more.refused;
    sum.observed += more.observed;
    sum.bounced += more.bounced;
}

}  // namespace

void Tally::relayed(const Message& message) {
    auto& row = days_[{message.domain, message.relayed_at / day}];
    ++row.counts.relayed;
    row.last_token = message.token;
    activity_.relayed(message);
}

void Tally::bounced(const Event& event) { ++days_[{event.domain, event.time / day}].counts.bounced; }

void Tally::refused(Refusal refusal) {
    recent_.add(refusal);
    if (!refusal.counted) return;
    activity_.refused(refusal);
    if (days_.size() < most_kept || days_.contains({refusal.domain, refusal.time / day})) {
        auto& counts = days_[{refusal.domain, refusal.time / day}].counts;
        ++(refusal.observed ? counts.observed : counts.refused);
    }
    const std::pair key{refusal.domain, refusal.reason};
    if (refusals_.size() < most_kept || refusals_.contains(key)) refusals_[key] = std::move(refusal);
}

void Tally::add(const Tally& newer) {
    for (const auto& [key, more] : newer.days_) {
        if (days_.size() >= 2 * most_kept && !days_.contains(key)) continue;
        auto& row = days_[key];
        add_to(row.counts, more.counts);
        if (!more.last_token.empty()) row.last_token = more.last_token;
    }
    for (const auto& [key, refusal] : newer.refusals_)
        if (refusals_.size() < most_kept || refusals_.contains(key)) refusals_[key] = refusal;
    recent_.add(newer.recent_);
    activity_.add(newer.activity_);
}

void Tally::clear() {
    days_.clear();
    refusals_.clear();
    recent_.clear();
    activity_.clear();
}

TallyWriter::TallyWriter(Session& session)
    : server_(session.postgres() ? server_name(session.location().options) : ""),
      add_(session, "INSERT INTO tallies (domain, day, server, relayed, refused, observed, bounced, last_token)"
                    " VALUES (:domain, :day, :server, :relayed, :refused, :observed, :bounced, :last_token) ON CONFLICT (domain, day, server) DO UPDATE SET"
                    " relayed = tallies.relayed + excluded.relayed, refused = tallies.refused + excluded.refused,"
                    " observed = tallies.observed + excluded.observed, bounced = tallies.bounced + excluded.bounced,"
                    " last_token = CASE WHEN excluded.last_token <> '' THEN excluded.last_token ELSE tallies.last_token END"),
      refusal_statement_(session, "INSERT INTO refusals (domain, reason, happened_at, observed, text, client, login)"
                                  " VALUES (:domain, :reason, :happened_at, :observed, :text, :client, :login) ON CONFLICT (domain, reason) DO UPDATE SET"
                                  " happened_at = excluded.happened_at, observed = excluded.observed, text = excluded.text, client = excluded.client,"
                                  " login = excluded.login"),
      recent_(session),
      activity_(session) {
    add_.in(domain_, day_, server_, relayed_, refused_, observed_, bounced_, last_token_);
    auto& r = refusal_;
    refusal_statement_.in(r.domain, r.reason, happened_at_, is_observed_, r.text, r.client, r.login);
}

void TallyWriter::write(const Tally& tally) {
    for (const auto& [key, row] : tally.days_) {
        domain_ = key.first;
        day_ = key.second;
        relayed_ = row.counts.relayed;
        refused_ = row.counts.refused;
        observed_ = row.counts.observed;
        bounced_ = row.counts.bounced;
        last_token_ = row.last_token;
        add_.run();
    }
    for (const auto& [key, refusal] : tally.refusals_) {
        refusal_ = refusal;
        happened_at_ = refusal.time;
        is_observed_ = refusal.observed ? 1 : 0;
        refusal_statement_.run();
    }
    recent_.write(tally.recent_);
    activity_.write(tally.activity_);
}

TallyReader::TallyReader(Session& session)
    : counts_(session, "SELECT coalesce(sum(relayed), 0), coalesce(sum(refused), 0), coalesce(sum(observed), 0), coalesce(sum(bounced), 0) FROM tallies WHERE domain = :domain AND day = :day"),
      last_refusal_(session, "SELECT domain, reason, happened_at, observed, text, client, login FROM refusals WHERE domain = :domain"
                             " ORDER BY happened_at DESC LIMIT 1") {
    counts_.in(domain_, day_).out(relayed_, refused_, observed_, bounced_);
    auto& r = refusal_;
    last_refusal_.in(domain_).out(r.domain, r.reason, happened_at_, is_observed_, r.text, r.client, r.login);
}

Counts TallyReader::counts(const std::string& domain, Seconds day_of) {
    domain_ = domain;
    day_ = day_of / day;
    Counts counts;
    counts_.each([&] { counts = {relayed_, refused_, observed_, bounced_}; });
    return counts;
}

std::optional<Refusal> TallyReader::last_refusal(const std::string& domain) {
    domain_ = domain;
    std::optional<Refusal> found;
    last_refusal_.each([&] {
        found = refusal_;
        found->time = happened_at_;
        found->observed = is_observed_ != 0;
    });
    return found;
}

}  // namespace crmrelay::store
