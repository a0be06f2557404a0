// SPDX-License-Identifier: BSD-2-Clause
//
// A new table is made beside `messages` and then attached, which hinders no writer; CREATE TABLE … PARTITION OF would lock all of them out.
#include "store/partitions.hh"

#include <string>

#include "base/clock.hh"

namespace crmrelay::store {

namespace {

constexpr long long kAhead = 2;   // days

// messages_20261126
std::string name_of_day(long long day) {
    auto date = base::rfc3339(day * 86400).substr(0, 10);
    std::erase(date, '-');
    return "messages_" + date;
}

void lock(PostgresSession& session) { session.execute("SELECT pg_advisory_xact_lock(" + std::to_string(kStoreLock) + ")"); }

std::string attached(const std::string& name) { return "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('messages') AND inhrelid = to_regclass('" + name + "')"; }

}  // namespace

Partitions::Partitions(Session& session) : session_(session.postgres() ? &static_cast<PostgresSession&>(session) : nullptr) {}

void Partitions::need(long long hour) {
    if (!session_) return;
    const auto today = hour / 24;
    if (known_.contains(today)) return;
    for (auto day = today; day <= today + kAhead; ++day) {
        const auto name = name_of_day(day);
        if (session_->asked(attached(name)) == "0") {
            lock(*session_);
            if (session_->asked(attached(name)) == "0") {   // still
                session_->execute("CREATE TABLE " + name + " (LIKE messages INCLUDING DEFAULTS)");
                session_->execute("ALTER TABLE messages ATTACH PARTITION " + name + " FOR VALUES FROM (" + std::to_string(day * 24) + ") TO (" + std::to_string(day * 24 + 24) + ")");
            }
        }
    }
    known_.insert(today);
}

bool Partitions::drop_one(Seconds before) {
    if (!session_) return false;
    const auto end = name_of_day(before / 86400);   // names sort as their days do
    lock(*session_);
    std::string after = "messages_";
    for (;;) {
        const auto name = session_->asked("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('messages') AND c.relname < '" +
                                          end + "' AND c.relname > '" + after + "' ORDER BY c.relname LIMIT 1");
        if (name.empty()) return false;
        const auto told = session_->asked("SELECT count(*) FROM (SELECT 1 FROM outgoing o JOIN " + name + " m ON m.token = o.token WHERE o.state = 'pending' LIMIT 1) AS waiting");
        if (told == "0") {
            // Waits for who reads it, and others wait behind: not for long. An hour later it is tried again.
            session_->execute("SELECT set_config('lock_timeout', '500', true)");
            session_->execute("DROP TABLE " + name);
            known_.clear();
            return true;
        }
        after = name;
    }
}

}  // namespace crmrelay::store
