// SPDX-License-Identifier: BSD-2-Clause
//
// Versions: an empty file becomes a store, an older one is brought up to date, a newer or a foreign one is refused.
#include "store/schema.hh"

#include <boost/test/unit_test.hpp>

#include "store/sqlite_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

void execute(const Directory& directory, const std::string& sql) {
    prepare_file(directory.location(), Open::create);
    SqliteSession session(directory.location(), Session::Use::write);
    session.sql() << sql;
}

int version_of(const Directory& directory) {
    SqliteSession session(directory.location(), Session::Use::read);
    int version = 0;
    session.sql() << "SELECT version FROM schema_version", soci::into(version);
    return version;
}

void undo_after_4(SqliteSession& session) {
    for (const char* table : {"servers", "soft_failures", "activity", "notices", "told_once", "recent_refusals", "logins_seen"}) session.sql() << std::string("DROP TABLE ") + table;
    session.sql() << "ALTER TABLE outgoing DROP COLUMN owner";
    session.sql() << "ALTER TABLE tallies RENAME TO newer";
    session.sql() << "CREATE TABLE tallies (domain TEXT NOT NULL, day BIGINT NOT NULL, relayed BIGINT NOT NULL, refused BIGINT NOT NULL, observed BIGINT NOT NULL,"
                     " bounced BIGINT NOT NULL, last_token TEXT NOT NULL, PRIMARY KEY (domain, day))";
    session.sql() << "INSERT INTO tallies SELECT domain, day, relayed, refused, observed, bounced, last_token FROM newer";
    session.sql() << "DROP TABLE newer";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(made_once) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(record(store, sample_message("a1")).durable);
    }
    BOOST_TEST(version_of(directory) == schema_version());
    Store again(directory.url(), Open::create);
    BOOST_TEST(again.find_message("a1").has_value());
}

BOOST_AUTO_TEST_CASE(made_by_two_at_once) {
    const Directory directory;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
        children.push_back(fork_child([&] {
            Store store(directory.url(), Open::create);
            return record(store, sample_message("a" + std::to_string(i))).durable ? 0 : 1;
        }));
    for (const auto child : children) BOOST_TEST(exit_status(child) == 0);
    Store store(directory.url(), Open::existing);
    for (int i = 0; i < 4; ++i) BOOST_TEST(store.find_message("a" + std::to_string(i)).has_value());
}

BOOST_AUTO_TEST_CASE(refused) {
    const struct {
        std::string sql;
        Open how;
        std::string want_error;
    } rows[] = {
        {"CREATE TABLE notes (x TEXT)", Open::create, "is the database of another program"},
        {"CREATE TABLE schema_version (version INTEGER NOT NULL)", Open::create, "schema_version is damaged"},
        {"CREATE TABLE schema_version AS SELECT 99 AS version", Open::create, "it has schema version 99, and this program knows versions up to "},
        {"CREATE TABLE schema_version AS SELECT 99 AS version", Open::existing, "a newer crmrelay has used it"},
        {"PRAGMA user_version = 1", Open::existing, "it has schema version 0, and this program needs "},
    };
    for (const auto& row : rows) {
        const Directory directory;
        execute(directory, row.sql);
        const auto error = thrown_by([&] { Store(directory.url(), row.how); });
        BOOST_TEST(holds(error, row.want_error), row.sql << ": " << error);
        BOOST_TEST(error.starts_with(directory.url()), error);
    }
}

BOOST_AUTO_TEST_CASE(empty_file_is_filled) {
    const Directory directory;
    execute(directory, "PRAGMA user_version = 1");
    { Store store(directory.url(), Open::create); }
    BOOST_TEST(version_of(directory) == schema_version());
}

BOOST_AUTO_TEST_CASE(look_ups_use_their_indexes) {
    const Directory directory;
    { Store store(directory.url(), Open::create); }
    SqliteSession session(directory.location(), Session::Use::read);
    for (const std::string where : {"m.message_hash = 1", "m.queue_id = 'A'"}) {
        soci::rowset<soci::row> plan = session.sql().prepare << "EXPLAIN QUERY PLAN SELECT m.id FROM (SELECT 1 AS hour) h JOIN messages m ON m.hour = h.hour AND " + where;
        std::string text;
        for (const auto& step : plan) text += step.get<std::string>(3) + "\n";
        BOOST_TEST(holds(text, "USING "), text);
        BOOST_TEST(holds(text, "(hour=? AND "), text);
    }
}

BOOST_AUTO_TEST_CASE(a_store_of_the_first_version) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(record(store, sample_message("a1")).durable);
    }
    {
        SqliteSession session(directory.location(), Session::Use::write);
        undo_after_4(session);
        session.sql() << "DROP TABLE standings";
        session.sql() << "DROP TABLE spf_answers";
        session.sql() << "DROP TABLE spf_names";
        session.sql() << "ALTER TABLE messages DROP COLUMN archive";
        session.sql() << "DROP TABLE targets";
        session.sql() << "DROP INDEX outgoing_due";
        session.sql() << "DROP INDEX outgoing_dead";
        session.sql() << "DROP INDEX outgoing_by_token";
        session.sql() << "CREATE INDEX outgoing_by_token ON outgoing (token)";
        session.sql() << "ALTER TABLE outgoing DROP COLUMN target";
        session.sql() << "ALTER TABLE outgoing DROP COLUMN since";
        session.sql() << "CREATE INDEX outgoing_due ON outgoing (next_at, id, domain) WHERE state = 'pending'";
        session.sql() << "UPDATE schema_version SET version = 1";
    }
    BOOST_TEST(holds(thrown_by([&] { Store(directory.url(), Open::existing).spf_names(); }), "it has schema version 1"));
    Store store(directory.url(), Open::create);
    BOOST_TEST(store.find_message("a1").has_value());
    const SpfChanges changes{{}, {}, {{"a.test", 1, 0, "", false, 1, 0}}, {}};
    BOOST_TEST(outcome_of([&](Done done) { store.record_spf(changes, std::move(done)); }).durable);
    BOOST_TEST(store.spf_names().size() == 1U);
    BOOST_TEST(store.counts("example.com", noon).relayed == 1);   // counted before each server had rows of its own
    std::int64_t relayed = 0;
    store.each_activity("example.com", 0, [&](const Activity& activity) { relayed += activity.amount; });
    BOOST_TEST(relayed == 1);   // from the messages
}

BOOST_AUTO_TEST_CASE(a_store_of_the_third_version) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(record(store, sample_message("a1")).durable);
    }
    {
        SqliteSession session(directory.location(), Session::Use::write);
        undo_after_4(session);
        session.sql() << "DROP TABLE standings";
        session.sql() << "UPDATE schema_version SET version = 3";
    }
    Store store(directory.url(), Open::create);
    BOOST_TEST(store.find_message("a1").has_value());
    BOOST_TEST(outcome_of([&](Done done) { store.change_standing("example.com", [](const Standing& before) { auto after = before; after.today = 1; return StandingChange{true, after, {}}; }, std::move(done)); }).durable);
    BOOST_TEST(store.standing("example.com").today == 1);
}

BOOST_AUTO_TEST_SUITE_END()
