// SPDX-License-Identifier: BSD-2-Clause
//
// Four statements. What can be counted by the database is counted there.
#include "store/figures.hh"

namespace crmrelay::store {

FigureReader::FigureReader(Session& session)
    : activity_(session, "SELECT quarter, kind, reason, sum(amount) FROM activity WHERE domain = :domain AND quarter >= :since GROUP BY quarter, kind, reason ORDER BY quarter, kind, reason"),
      events_(session, "SELECT id, happened_at, type, recipient, status, action, diagnostic, document FROM events WHERE domain = :domain AND happened_at >= :since"
                       " ORDER BY happened_at, seq"),
      recipients_(session, "SELECT recipient, count(*), max(happened_at) FROM events WHERE domain = :domain AND happened_at >= :since AND type = 'bounce'"
                           " GROUP BY recipient ORDER BY 2 DESC, 1"),
      outbox_(session, "SELECT kind, state, count(*), min(created_at) FROM outgoing WHERE domain = :domain AND (created_at >= :since OR state IN ('pending', 'failed'))"
                       " GROUP BY kind, state ORDER BY kind, state") {
    auto& a = activity_row_;
    activity_.in(domain_, since_).out(a.quarter, a.activity.kind, a.activity.reason, a.amount);
    auto& e = event_row_.event;
    events_.in(domain_, since_).out(e.id, event_row_.happened_at, e.type, e.recipient, e.status, e.action, e.diagnostic, e.document);
    auto& r = recipient_row_;
    recipients_.in(domain_, since_).out(r.recipient.address, r.count, r.last);
    outbox_.in(domain_, since_).out(outgoing_row_.kind, outgoing_row_.state, count_, oldest_);
}

void FigureReader::activity(const std::string& domain, Seconds since, const std::function<void(const Activity&)>& each) {
    domain_ = domain;
    since_ = (since + kQuarter - 1) / kQuarter;
    auto& row = activity_row_;
    activity_.each([&] {
        row.activity.at = row.quarter * kQuarter;
        row.activity.amount = row.amount;
        each(row.activity);
    });
}

void FigureReader::events(const std::string& domain, Seconds since, const std::function<void(const Event&)>& each) {
    domain_ = domain;
    since_ = since;
    event_row_.event.domain = domain;
    events_.each([&] {
        event_row_.event.time = event_row_.happened_at;
        each(event_row_.event);
    });
}

void FigureReader::bounced_recipients(const std::string& domain, Seconds since, const std::function<void(const BouncedRecipient&)>& each) {
    domain_ = domain;
    since_ = since;
    auto& row = recipient_row_;
    recipients_.each([&] {
        row.recipient.count = row.count;
        row.recipient.last = row.last;
        each(row.recipient);
    });
}

std::vector<OutboxCount> FigureReader::outbox(const std::string& domain, Seconds since) {
    domain_ = domain;
    since_ = since;
    std::vector<OutboxCount> out;
    outbox_.each([&] { out.push_back({outgoing_row_.kind, outgoing_row_.state, count_, oldest_}); });
    return out;
}

}  // namespace crmrelay::store
