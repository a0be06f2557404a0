// SPDX-License-Identifier: BSD-2-Clause
//
// The settings that durability and two writing processes rest on, and what errors are said to be.
#include "store/sqlite_session.hh"

#include <boost/test/unit_test.hpp>

#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

std::string asked(SqliteSession& session, const std::string& query) {
    std::string answer;
    session.sql() << query, soci::into(answer);
    return answer;
}

SqliteSession& sqlite(WriteSession& writer) { return static_cast<SqliteSession&>(writer.connection()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE(settings) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    const struct {
        std::string query, want_answer;
    } rows[] = {{"PRAGMA journal_mode", "wal"}, {"PRAGMA synchronous", "2"}, {"PRAGMA wal_autocheckpoint", "0"}};
    for (const auto& row : rows) BOOST_TEST(asked(sqlite(writer), row.query) == row.want_answer, row.query);
    SqliteSession reader(directory.location(), Session::Use::read);
    BOOST_CHECK_THROW(reader.sql() << "DELETE FROM messages", soci::soci_error);
}

BOOST_AUTO_TEST_CASE(a_transaction_holds_the_write_lock_from_its_start) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    SqliteSession other(directory.location(), Session::Use::checkpoint);
    std::string error;
    writer.transaction([&] {
        try {
            other.sql() << "BEGIN IMMEDIATE";
        } catch (const soci::soci_error& locked) {
            error = trouble_of(locked, directory.location()).text;
        }
    });
    BOOST_TEST(holds(error, "database is locked: another process holds it for too long"), error);
    other.sql() << "BEGIN IMMEDIATE";
    other.sql() << "ROLLBACK";
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_changes_nothing) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    BOOST_CHECK_THROW(writer.transaction([&] {
        writer.messages.insert(sample_message("t"));
        writer.tally.relayed(sample_message("t"));
        throw std::runtime_error("no");
    }),
                      std::runtime_error);
    writer.transaction([] {});
    for (const std::string table : {"messages", "tallies"}) BOOST_TEST(asked(sqlite(writer), "SELECT count(*) FROM " + table) == "0");
}

BOOST_AUTO_TEST_CASE(a_longer_log) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    sqlite(writer).lengthen_log();
    BOOST_TEST(std::filesystem::file_size(directory.file() + "-wal") > 40U << 20);
    BOOST_TEST(std::filesystem::file_size(directory.file()) < 1U << 20);
    writer.transaction([&] { writer.messages.insert(sample_message("t")); });
    const auto checkpoint = sqlite(writer).checkpoint("PASSIVE");
    BOOST_TEST(checkpoint.pages < 100);   // the waste is none of the log's content
    BOOST_TEST(checkpoint.done == checkpoint.pages);
    BOOST_TEST(asked(sqlite(writer), "PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(a_moved_file_takes_its_log_along) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    sqlite(writer).on_commit([](int) {});
    SqliteSession reader(directory.location(), Session::Use::read);   // keeps the log's files alive
    BOOST_TEST(asked(reader, "SELECT count(*) FROM messages") == "0");
    writer.transaction([&] { writer.messages.insert(sample_message("t")); });
    BOOST_TEST(!writer.connection().moved());
    std::filesystem::rename(directory.file(), directory.file() + ".away");
    BOOST_TEST(writer.connection().moved());
    sqlite(writer).leave_moved_file();
    BOOST_TEST(!file_id(directory.file() + "-wal"));
    BOOST_TEST(!file_id(directory.file() + "-shm"));
    SqliteSession away(Location::parse(directory.url() + ".away"), Session::Use::read);
    BOOST_TEST(asked(away, "SELECT token FROM messages") == "t");
}

BOOST_AUTO_TEST_CASE(whose_fault) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    const struct {
        std::string sql, want_text;
        bool want_of_the_write;
    } rows[] = {
        {"INSERT INTO schema_version (version) VALUES (NULL)", "NOT NULL constraint failed: schema_version.version", true},
        {"INSERT INTO none (x) VALUES (1)", "no such table: none", false},
    };
    for (const auto& row : rows) {
        Trouble trouble;
        try {
            sqlite(writer).sql() << row.sql;
        } catch (const std::exception& error) {
            trouble = trouble_of(error, directory.location());
        }
        BOOST_TEST(trouble.text == directory.url() + ": " + row.want_text);
        BOOST_TEST(trouble.of_the_write == row.want_of_the_write);
    }
}

BOOST_AUTO_TEST_SUITE_END()
