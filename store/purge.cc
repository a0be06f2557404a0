// SPDX-License-Identifier: BSD-2-Clause
//
// One table after the other, one bounded DELETE a step, so that the mail path never waits long for the write lock.
#include "store/purge.hh"

namespace crmrelay::store {

Purger::Purger(Session& session, MessageWriter& messages)
    : writer_(messages),
      by_days_(session.postgres()),
      messages_(session, "DELETE FROM messages WHERE id IN (SELECT m.id FROM messages m WHERE m.hour <= :hour AND m.relayed_at < :before AND NOT EXISTS"
                         " (SELECT 1 FROM outgoing o WHERE o.token = m.token AND o.state = 'pending') LIMIT :most)"),
      events_(session, "DELETE FROM events WHERE seq IN (SELECT e.seq FROM events e WHERE e.happened_at < :before LIMIT :most)"),
      outgoing_(session, "DELETE FROM outgoing WHERE id IN (SELECT o.id FROM outgoing o WHERE o.created_at < :before AND o.state <> 'pending' AND o.state <> 'failed' LIMIT :most)"),
      forwards_(session, "DELETE FROM forwards WHERE (day, token) IN (SELECT f.day, f.token FROM forwards f WHERE f.day < :day LIMIT :most)"),
      refusals_(session, "DELETE FROM refusals WHERE happened_at < :before"),
      recent_refusals_(session, "DELETE FROM recent_refusals WHERE happened_at < :before"),
      soft_failures_(session, "DELETE FROM soft_failures WHERE (domain, recipient) IN (SELECT s.domain, s.recipient FROM soft_failures s WHERE s.failed_at < :before LIMIT :most)"),
      activity_(session, "DELETE FROM activity WHERE (domain, quarter, kind, reason) IN (SELECT a.domain, a.quarter, a.kind, a.reason FROM activity a WHERE a.quarter < :quarter LIMIT :most)"),
      standings_(session, "DELETE FROM standings WHERE suspended_at = 0 AND day < :day"),
      notices_(session, "DELETE FROM notices WHERE day < :day"),
      logins_(session, "DELETE FROM logins_seen WHERE succeeded_at < :before AND failed_at < :same_before"),
      servers_(session, "DELETE FROM servers WHERE until_at < :before") {
    messages_.in(before_hour_, before_, most_);
    events_.in(before_, most_);
    outgoing_.in(before_, most_);
    forwards_.in(before_day_, most_);
    refusals_.in(before_);
    recent_refusals_.in(before_);
    activity_.in(before_quarter_, most_);
    standings_.in(before_day_);
    soft_failures_.in(before_, most_);
    notices_.in(before_day_);
    logins_.in(before_, same_before_);
    servers_.in(before_);
}

long long Purger::step(Seconds before) {
    before_ = same_before_ = before;
    before_hour_ = before / 3600;
    before_day_ = before / 86400;
    before_quarter_ = before / kQuarter;
    if (by_days_ && writer_.drop_oldest(before)) return 1;
    for (auto* statement :
         {&messages_, &events_, &outgoing_, &forwards_, &refusals_, &recent_refusals_, &soft_failures_, &activity_, &standings_, &notices_, &logins_, &servers_}) {
        if (by_days_ && statement == &messages_) continue;
        statement->run();
        if (const auto deleted = statement->changed(); deleted > 0) return deleted;
    }
    return 0;
}

}  // namespace crmrelay::store
