// SPDX-License-Identifier: BSD-2-Clause
//
// The statements are PostgreSQL's alone. SKIP LOCKED: two servers that look at the same time take different rows, and neither waits.
#include "store/leases.hh"

namespace crmrelay::store {

namespace {

constexpr const char* kClock = "CAST(extract(epoch FROM now()) AS BIGINT)";

std::string claim_text() {
    return std::string(
               "UPDATE outgoing SET owner = :id WHERE id IN (SELECT o.id FROM outgoing o WHERE o.state = 'pending' AND o.target = :target AND o.next_at <= :now AND o.owner <> :same_id"
               " AND (o.owner = '' OR NOT EXISTS (SELECT 1 FROM servers s WHERE s.id = o.owner AND s.until_at > ") +
           kClock + ")) ORDER BY o.next_at, o.id LIMIT :limit FOR UPDATE OF o SKIP LOCKED)";
}

}  // namespace

Leases::Leases(Session& session)
    : rows_(session),
      name_(server_name(session.location().options)),
      lease_(session.location().options.lease),
      forget_former_(session, "DELETE FROM servers WHERE name = :name AND id <> :id"),
      renew_(session, std::string("INSERT INTO servers (id, name, until_at) VALUES (:id, :name, :lease + ") + kClock + ") ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at"),
      leave_(session, "DELETE FROM servers WHERE id = :id"),
      claim_(session, claim_text()) {
    forget_former_.in(name_, id_);
    renew_.in(id_, name_, lease_);
    leave_.in(id_);
    claim_.in(id_, target_, now_, same_id_, limit_);
}

void Leases::renew(const std::string& id) {
    // Only by a process that is new: it would fall out with another one of its name otherwise, at each turn.
    const bool first = id_ != id;
    id_ = id;
    if (first) forget_former_.run();
    renew_.run();
}

void Leases::leave(const std::string& id) {
    id_ = id;
    leave_.run();
}

std::vector<Outgoing> Leases::claim(const std::string& id, const std::string& target, Seconds now, int limit) {
    id_ = same_id_ = id;
    target_ = target;
    now_ = now;
    limit_ = limit;
    claim_.run();
    return rows_.due_of(id, target, now, limit);
}

}  // namespace crmrelay::store
