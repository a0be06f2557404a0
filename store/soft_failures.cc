// SPDX-License-Identifier: BSD-2-Clause
//
// Each change is one statement, so that servers on one store lose none.
#include "store/soft_failures.hh"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/text.hh"

namespace crmrelay::store {

namespace {

// `relayed_at` is that of the first message after the latest failure, 0 where there was none.
constexpr const char* add_sql =
    "INSERT INTO soft_failures (domain, recipient, failures, token, failed_at, relayed_at) VALUES (:domain, :recipient, 1, :token, :at, 0)"
    " ON CONFLICT (domain, recipient) DO UPDATE SET failures = CASE"
    " WHEN soft_failures.token = excluded.token THEN soft_failures.failures"
    " WHEN soft_failures.relayed_at > 0 AND excluded.failed_at >= soft_failures.relayed_at + :quiet THEN 1"
    " ELSE soft_failures.failures + 1 END,"
    " token = excluded.token, failed_at = excluded.failed_at, relayed_at = 0";

}  // namespace

SoftFailures::SoftFailures(Session& session)
    : add_(session, add_sql),
      read_(session, "SELECT failures FROM soft_failures WHERE domain = :domain AND recipient = :recipient"),
      mark_(session, "UPDATE soft_failures SET failed_at = :at, relayed_at = 0 WHERE domain = :domain AND recipient = :recipient"),
      end_(session, "DELETE FROM soft_failures WHERE domain = :domain AND recipient = :recipient"),
      relayed_(session, "UPDATE soft_failures SET relayed_at = :at WHERE domain = :domain AND recipient = :recipient AND relayed_at = 0") {
    add_.in(domain_, recipient_, token_, at_, quiet_);
    read_.in(domain_, recipient_);
    read_.out(failures_);
    mark_.in(at_, domain_, recipient_);
    end_.in(domain_, recipient_);
    relayed_.in(at_, domain_, recipient_);
}

int SoftFailures::added() {
    add_.run();
    failures_ = 0;
    read_.run();
    return static_cast<int>(std::min<long long>(failures_, std::numeric_limits<int>::max()));
}

int SoftFailures::counted(const Event& event) {
    if (event.counts == Event::Counts::nothing || event.recipient.empty()) return 0;
    settle();
    domain_ = event.domain;
    recipient_ = base::lower(event.recipient);
    token_ = event.token;
    at_ = event.time;
    switch (event.counts) {
        case Event::Counts::soft_failure: return added();
        case Event::Counts::failure: mark_.run(); break;
        case Event::Counts::delivery: end_.run(); break;
        case Event::Counts::nothing: break;
    }
    return 0;
}

void SoftFailures::relayed(const Message& message) {
    for (const auto& recipient : message.recipients) relayed_at_.try_emplace({message.domain, base::lower(recipient.address)}, message.relayed_at);
}

void SoftFailures::settle() {
    for (const auto& [row, at] : relayed_at_) {
        std::tie(domain_, recipient_) = row;
        at_ = at;
        relayed_.run();
    }
    relayed_at_.clear();
}

}  // namespace crmrelay::store
