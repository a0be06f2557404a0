// SPDX-License-Identifier: BSD-2-Clause
//
// PostgreSQL keeps relayed messages in a table a UTC day: made ahead, or when a message needs it, and dropped whole when the day is older than the retention
// time. Any number of servers may do both at the same time. SQLite has none of this. Internal to the room.
#pragma once

#include <set>

#include "store/postgres_session.hh"
#include "store/records.hh"

namespace crmrelay::store {

// Of pg_advisory_xact_lock: who changes tables holds it to the end of the transaction.
constexpr long long kStoreLock = 0x63726d72656c6179;   // "crmrelay"

class Partitions {
public:
    explicit Partitions(Session& session);   // SQLite's: does nothing

    // Within a transaction: sees to the table of this hour's day, and of the days after it.
    void need(long long hour);
    // What need() has made may have been rolled back, or dropped by somebody else.
    void forget() { known_.clear(); }

    // Within a transaction: drops the oldest table of which all is older than `before`; whether there was one. A table in which a message has a report that is
    // still to be told stays.
    bool drop_one(Seconds before);

private:
    PostgresSession* session_;
    std::set<long long> known_;   // days
};

}  // namespace crmrelay::store
