// SPDX-License-Identifier: BSD-2-Clause
//
// Adds up and writes what happened within a quarter of an hour.
#include "store/activity.hh"

namespace crmrelay::store {

namespace {

// Domains come from the configuration and reasons from a short list: a second's refusals have some dozens of keys.
constexpr std::size_t most_kept = 4096;

}  // namespace

void ActivityTally::count(Key key, std::int64_t amount) {
    if (amounts_.size() < most_kept || amounts_.contains(key)) amounts_[std::move(key)] += amount;
}

void ActivityTally::relayed(const Message& message) { ++amounts_[{message.domain, message.relayed_at / kQuarter, "relayed", ""}]; }

void ActivityTally::refused(const Refusal& refusal) { count({refusal.domain, refusal.time / kQuarter, refusal.observed ? "observed" : "refused", refusal.reason}, 1); }

void ActivityTally::add(const ActivityTally& newer) {
    for (const auto& [key, amount] : newer.amounts_) count(key, amount);
}

ActivityWriter::ActivityWriter(Session& session)
    : server_(session.postgres() ? server_name(session.location().options) : ""),
      add_(session, "INSERT INTO activity (domain, quarter, kind, reason, server, amount) VALUES (:domain, :quarter, :kind, :reason, :server, :amount)"
                    " ON CONFLICT (domain, quarter, kind, reason, server) DO UPDATE SET amount = activity.amount + excluded.amount") {
    add_.in(domain_, quarter_, kind_, reason_, server_, amount_);
}

void ActivityWriter::write(const ActivityTally& tally) {
    for (const auto& [key, amount] : tally.amounts_) {
        std::tie(domain_, quarter_, kind_, reason_) = key;
        amount_ = amount;
        add_.run();
    }
}

}  // namespace crmrelay::store
