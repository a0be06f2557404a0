// SPDX-License-Identifier: BSD-2-Clause
//
// The tables. A migration, once released, is never edited: a change of the tables is a further entry at the end of `migrations`.
#include "store/schema.hh"

#include <array>
#include <stdexcept>
#include <vector>

#include "store/partitions.hh"
#include "store/postgres_text.hh"
#include "store/statement.hh"

namespace crmrelay::store {

namespace {

// A statement of SQLite's, which PostgreSQL gets with its types replaced (postgres_text.hh); or, where it wants another one, both.
struct Step {
    Step(const char* for_both) : sqlite(for_both) {}
    Step(const char* for_sqlite, const char* for_postgres) : sqlite(for_sqlite), postgres(for_postgres) {}
    const char* sqlite;
    const char* postgres = nullptr;   // "": nothing
};
using Statements = std::vector<Step>;

// messages: rows are appended, and so are, nearly, the entries of its indexes: a token begins with key and time, and the other
// two start with the hour. An index on the hash alone would touch a page of its own for each message, and a commit writes each
// page whole: at 1,000,000 rows that costs 2.5 times the CPU and twice the octets. Who looks one up tries the hours, newest first.
const Statements version_1 = {
    // PostgreSQL keeps a table a UTC day (partitions.hh): small indexes, dropped whole. There an index on the hash alone costs little, as a day's fits into memory.
    {"CREATE TABLE messages ("
     " id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, relayed_at BIGINT NOT NULL, hour BIGINT NOT NULL, domain TEXT NOT NULL,"
     " queue_id TEXT NOT NULL, message_hash BIGINT NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, envid TEXT NOT NULL,"
     " ret TEXT NOT NULL, from_address TEXT NOT NULL, login TEXT NOT NULL, client TEXT NOT NULL, size BIGINT NOT NULL,"
     " recipients TEXT NOT NULL, headers TEXT NOT NULL)",
     "CREATE TABLE messages ("
     " token TEXT NOT NULL, relayed_at BIGINT NOT NULL, hour BIGINT NOT NULL, domain TEXT NOT NULL,"
     " queue_id TEXT NOT NULL, message_hash BIGINT NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, envid TEXT NOT NULL,"
     " ret TEXT NOT NULL, from_address TEXT NOT NULL, login TEXT NOT NULL, client TEXT NOT NULL, size BIGINT NOT NULL,"
     " recipients TEXT NOT NULL, headers TEXT NOT NULL, UNIQUE (token, hour)) PARTITION BY RANGE (hour)"},
    {"CREATE INDEX messages_by_message_id ON messages (hour, message_hash)", "CREATE INDEX messages_by_message_id ON messages (message_hash)"},
    {"CREATE INDEX messages_by_queue_id ON messages (hour, queue_id)", "CREATE INDEX messages_by_queue_id ON messages (queue_id)"},

    "CREATE TABLE events ("
    " seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, happened_at BIGINT NOT NULL, type TEXT NOT NULL, domain TEXT NOT NULL,"
    " token TEXT NOT NULL, recipient TEXT NOT NULL, status TEXT NOT NULL, action TEXT NOT NULL, diagnostic TEXT NOT NULL,"
    " matched_by TEXT NOT NULL, dedupe TEXT UNIQUE, document TEXT NOT NULL)",
    "CREATE INDEX events_by_time ON events (happened_at)",
    "CREATE INDEX events_by_domain ON events (domain, happened_at)",
    "CREATE INDEX events_by_token ON events (token)",

    // AUTOINCREMENT: an id that an administrator has read never comes to mean another row.
    "CREATE TABLE outgoing ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, state TEXT NOT NULL, domain TEXT NOT NULL, token TEXT NOT NULL,"
    " event_ids TEXT NOT NULL, recipient TEXT NOT NULL, created_at BIGINT NOT NULL, next_at BIGINT NOT NULL, attempts INTEGER NOT NULL,"
    " queue_id TEXT NOT NULL, queued_at BIGINT NOT NULL, last_error TEXT NOT NULL, mail TEXT NOT NULL)",
    "CREATE INDEX outgoing_due ON outgoing (next_at, id, domain) WHERE state = 'pending'",
    "CREATE INDEX outgoing_by_token ON outgoing (token)",
    "CREATE INDEX outgoing_by_queue_id ON outgoing (queue_id) WHERE queue_id <> ''",
    "CREATE INDEX outgoing_by_age ON outgoing (created_at)",

    // One row a domain and UTC day (days since the epoch).
    "CREATE TABLE tallies ("
    " domain TEXT NOT NULL, day BIGINT NOT NULL, relayed BIGINT NOT NULL, refused BIGINT NOT NULL, observed BIGINT NOT NULL,"
    " bounced BIGINT NOT NULL, last_token TEXT NOT NULL, PRIMARY KEY (domain, day))",
    "CREATE TABLE refusals ("
    " domain TEXT NOT NULL, reason TEXT NOT NULL, happened_at BIGINT NOT NULL, observed INTEGER NOT NULL, text TEXT NOT NULL,"
    " client TEXT NOT NULL, login TEXT NOT NULL, PRIMARY KEY (domain, reason))",
    "CREATE TABLE forwards (token TEXT NOT NULL, day BIGINT NOT NULL, handed_on BIGINT NOT NULL, PRIMARY KEY (day, token))",
};

// The networks that follow an SPF record: what a name said of a client, and how its look-ups go.
const Statements version_2 = {
    "CREATE TABLE spf_answers ("
    " name TEXT NOT NULL, client TEXT NOT NULL, verdict TEXT NOT NULL, checked_at BIGINT NOT NULL, good_until BIGINT NOT NULL,"
    " PRIMARY KEY (name, client))",
    "CREATE TABLE spf_names ("
    " name TEXT NOT NULL PRIMARY KEY, answered_at BIGINT NOT NULL, failing_since BIGINT NOT NULL, last_error TEXT NOT NULL,"
    " refused INTEGER NOT NULL, probed_at BIGINT NOT NULL, clients BIGINT NOT NULL)",
    // The copy that a domain's archive gets, the last of the recipients.
    "ALTER TABLE messages ADD COLUMN archive TEXT NOT NULL DEFAULT ''",
};

// Webhooks: each target has rows of its own to work off, and may be paused or disabled.
const Statements version_3 = {
    "ALTER TABLE outgoing ADD COLUMN target TEXT NOT NULL DEFAULT 'mail'",
    "ALTER TABLE outgoing ADD COLUMN since BIGINT NOT NULL DEFAULT 0",
    "UPDATE outgoing SET since = created_at",
    "DROP INDEX outgoing_due",
    "CREATE INDEX outgoing_due ON outgoing (target, next_at, id, domain) WHERE state = 'pending'",
    "DROP INDEX outgoing_by_token",
    "CREATE INDEX outgoing_by_token ON outgoing (token, target, id)",   // earlier rows of the same message and target
    "CREATE INDEX outgoing_dead ON outgoing (domain, id) WHERE state = 'failed'",
    "CREATE TABLE targets ("
    " name TEXT NOT NULL PRIMARY KEY, url TEXT NOT NULL, paused_until BIGINT NOT NULL, disabled_at BIGINT NOT NULL, reason TEXT NOT NULL)",
};

// Failures in a row and suspensions, a row a domain. Days are the domain's own.
const Statements version_4 = {
    "CREATE TABLE standings ("
    " domain TEXT NOT NULL PRIMARY KEY, day BIGINT NOT NULL, today INTEGER NOT NULL, in_a_row INTEGER NOT NULL, failures TEXT NOT NULL,"
    " warned_on BIGINT NOT NULL, told_on BIGINT NOT NULL, password_on BIGINT NOT NULL, suspended_at BIGINT NOT NULL, until_at BIGINT NOT NULL,"
    " why TEXT NOT NULL, by_hand INTEGER NOT NULL)",
};

// Soft failures in a row, a row for each recipient of a domain that had one.
const Statements version_5 = {
    "CREATE TABLE soft_failures ("
    " domain TEXT NOT NULL, recipient TEXT NOT NULL, failures BIGINT NOT NULL, token TEXT NOT NULL, failed_at BIGINT NOT NULL, relayed_at BIGINT NOT NULL,"
    " PRIMARY KEY (domain, recipient))",
    "CREATE INDEX soft_failures_by_age ON soft_failures (failed_at)",
};

// What was done for a domain within a quarter of an hour, for reports. Earlier refusals are not known by reason and time.
const Statements version_6 = {
    "CREATE TABLE activity ("
    " domain TEXT NOT NULL, quarter BIGINT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, server TEXT NOT NULL, amount BIGINT NOT NULL,"
    " PRIMARY KEY (domain, quarter, kind, reason, server))",
    "CREATE INDEX activity_by_age ON activity (quarter)",
    "INSERT INTO activity (domain, quarter, kind, reason, server, amount) SELECT domain, relayed_at / 900, 'relayed', '', '', count(*) FROM messages GROUP BY domain, relayed_at / 900",
};

// Which causes a domain's administrators were told of on which of its days, and what came beyond; and the periods of what is told once a period.
const Statements version_7 = {
    "CREATE TABLE notices ("
    " domain TEXT NOT NULL, cause TEXT NOT NULL, day BIGINT NOT NULL, beyond BIGINT NOT NULL, first_few TEXT NOT NULL, PRIMARY KEY (domain, day, cause))",
    "CREATE TABLE told_once (name TEXT NOT NULL PRIMARY KEY, period BIGINT NOT NULL)",
};

// The latest refusals of each domain, in two lists: of sessions that proved themselves its own, and of everybody else. Never more than kRefusalsKept rows of each.
const Statements version_8 = {
    "CREATE TABLE recent_refusals ("
    " id INTEGER PRIMARY KEY, domain TEXT NOT NULL, proved INTEGER NOT NULL, reason TEXT NOT NULL, happened_at BIGINT NOT NULL, observed INTEGER NOT NULL,"
    " text TEXT NOT NULL, client TEXT NOT NULL, login TEXT NOT NULL, tls TEXT NOT NULL, from_address TEXT NOT NULL, queue_id TEXT NOT NULL,"
    " instance TEXT NOT NULL, why TEXT NOT NULL)",
    "CREATE INDEX recent_refusals_by_domain ON recent_refusals (domain, proved, id)",
};

// When each login last went well, and last failed.
const Statements version_9 = {
    "CREATE TABLE logins_seen ("
    " login TEXT NOT NULL PRIMARY KEY, succeeded_at BIGINT NOT NULL, succeeded_from TEXT NOT NULL, failed_at BIGINT NOT NULL,"
    " failed_from TEXT NOT NULL, failed_why TEXT NOT NULL)",
};

// Several servers on one store: each counts in rows of its own, so that none waits for another's commit; and a report belongs to the one that works on it.
const Statements version_10 = {
    "ALTER TABLE tallies RENAME TO tallies_of_one",
    "CREATE TABLE tallies ("
    " domain TEXT NOT NULL, day BIGINT NOT NULL, server TEXT NOT NULL, relayed BIGINT NOT NULL, refused BIGINT NOT NULL, observed BIGINT NOT NULL,"
    " bounced BIGINT NOT NULL, last_token TEXT NOT NULL, PRIMARY KEY (domain, day, server))",
    "INSERT INTO tallies SELECT domain, day, '', relayed, refused, observed, bounced, last_token FROM tallies_of_one",
    "DROP TABLE tallies_of_one",
    "ALTER TABLE outgoing ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE servers (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, until_at BIGINT NOT NULL)",
};

const std::array migrations = {&version_1, &version_2, &version_3, &version_4, &version_5, &version_6, &version_7, &version_8, &version_9, &version_10};

struct Found {
    int tables = 0, versions = 0;
};

Found look(Session& session) {
    Found found;
    Statement(session,
              "SELECT count(*), coalesce(sum(name = 'schema_version'), 0) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
              "SELECT count(*), count(*) FILTER (WHERE relname = 'schema_version') FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(current_schema())")
        .out(found.tables, found.versions)
        .run();
    return found;
}

int read_version(Session& session) {
    const auto found = look(session);
    const auto& location = session.location();
    if (found.versions == 0 && found.tables > 0)
        throw std::runtime_error(location.url + ": this is the database of another program: name another one in `store`");
    if (found.versions == 0) return 0;
    int version = 0, rows = 0;
    Statement(session, "SELECT count(*), coalesce(max(version), 0) FROM schema_version").out(rows, version).run();
    if (rows != 1 || version < 1) throw std::runtime_error(location.url + ": its table schema_version is damaged: restore a copy");
    if (version > schema_version())
        throw std::runtime_error(location.url + ": it has schema version " + std::to_string(version) + ", and this program knows versions up to " +
                                 std::to_string(schema_version()) + ": a newer crmrelay has used it; install that version, or restore an older copy");
    return version;
}

void run(Session& session, const std::string& sql) { Statement(session, sql).run(); }

// Read again under the write lock: the other daemon, or another server, may be doing the same.
void migrate(Session& session) {
    session.begin();
    try {
        if (session.postgres()) run(session, "SELECT pg_advisory_xact_lock(" + std::to_string(kStoreLock) + ")");
        const int version = read_version(session);
        if (version == 0) {
            run(session, "CREATE TABLE schema_version (version INTEGER NOT NULL)");
            run(session, "INSERT INTO schema_version (version) VALUES (0)");
        }
        for (int next = version; next < schema_version(); ++next)
            for (const auto& step : *migrations[static_cast<std::size_t>(next)]) {
                const std::string sql = !session.postgres() ? step.sqlite : step.postgres ? step.postgres : step.sqlite;
                if (!sql.empty()) run(session, session.postgres() ? ported(sql) : sql);
            }
        run(session, "UPDATE schema_version SET version = " + std::to_string(schema_version()));
        session.commit();
    } catch (...) {
        session.rollback();
        throw;
    }
}

}  // namespace

int schema_version() { return static_cast<int>(migrations.size()); }

void bring_up(Session& session, Open how) {
    const int version = read_version(session);
    if (version == schema_version()) return;
    if (how == Open::existing)
        throw std::runtime_error(session.location().url + ": it has schema version " + std::to_string(version) + ", and this program needs " +
                                 std::to_string(schema_version()) + ": start crmrelay-policyd once, it brings the store up to date");
    migrate(session);
}

}  // namespace crmrelay::store
