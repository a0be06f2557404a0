// SPDX-License-Identifier: BSD-2-Clause
//
// What a PostgreSQL session promises: nothing durable before commit, errors told and forgotten by the next transaction, no state left at the server.
#include "store/postgres_session.hh"

#include <boost/test/unit_test.hpp>

#include <latch>
#include <thread>

#include "store/schema.hh"
#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(postgres_session)

BOOST_AUTO_TEST_CASE(a_failed_transaction_changes_nothing) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    BOOST_CHECK_THROW(writer.transaction([&] {
        writer.messages.insert(sample_message("t"));
        writer.tally.relayed(sample_message("t"));
        throw std::runtime_error("no");
    }),
                      std::runtime_error);
    writer.transaction([&] { writer.messages.insert(sample_message("u")); });   // its day's table was rolled back, too
    BOOST_TEST(directory.asked("SELECT count(*) FROM messages") == "1");
    BOOST_TEST(directory.asked("SELECT count(*) FROM tallies") == "0");
}

BOOST_AUTO_TEST_CASE(leaves_nothing_at_the_server) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    writer.transaction([&] { writer.messages.insert(sample_message("t")); });
    auto& session = static_cast<PostgresSession&>(writer.connection());
    for (const auto& [query, want_answer] : {std::pair{"SELECT count(*) FROM pg_prepared_statements", "0"}, std::pair{"SHOW statement_timeout", "0"},
                                             std::pair{"SHOW lock_timeout", "0"}, std::pair{"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "0"}})
        BOOST_TEST(session.asked(query) == want_answer, query);
}

// Else the database would end one of them, after a second of both waiting.
BOOST_AUTO_TEST_CASE(two_servers_lock_recipients_in_one_order) {
    const Directory directory;
    WriteSession one(directory.location(), Open::create), other(directory.location(), Open::existing);
    one.transaction([&] {
        for (const auto* recipient : {"x@dest.test", "y@dest.test"}) {
            auto event = sample_event(recipient, "t", recipient);
            event.recipient = recipient;
            event.counts = Event::Counts::soft_failure;
            one.soft_failures.counted(event);
        }
    });
    std::latch both(2);
    const auto relay = [&both](WriteSession& session, const char* first, const char* second) {
        return thrown_by([&] {
            session.transaction([&] {
                auto message = sample_message("t");
                message.recipients = {{first, "", ""}};
                session.soft_failures.relayed(message);
                static_cast<PostgresSession&>(session.connection()).asked("SELECT 1");   // the server has done what was sent
                both.arrive_and_wait();
                message.recipients = {{second, "", ""}};
                session.soft_failures.relayed(message);
            });
        });
    };
    std::string of_other;
    std::thread thread([&] { of_other = relay(other, "y@dest.test", "x@dest.test"); });
    const auto of_one = relay(one, "x@dest.test", "y@dest.test");
    thread.join();
    BOOST_TEST(of_one == "");
    BOOST_TEST(of_other == "");
    BOOST_TEST(directory.asked("SELECT count(*) FROM soft_failures WHERE relayed_at > 0") == "2");
}

BOOST_AUTO_TEST_CASE(settings_hold_within_a_transaction) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    auto& session = static_cast<PostgresSession&>(writer.connection());
    session.execute("SET synchronous_commit = off");
    writer.transaction([&] {
        BOOST_TEST(session.asked("SHOW synchronous_commit") == "on");
        for (const char* name : {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}) BOOST_TEST(session.asked(std::string("SHOW ") + name) == "4s", name);
    });
    session.execute("SET synchronous_commit = remote_apply");
    writer.transaction([&] { BOOST_TEST(session.asked("SHOW synchronous_commit") == "remote_apply"); });
}

BOOST_AUTO_TEST_CASE(whose_fault) {
    const Directory directory;
    WriteSession writer(directory.location(), Open::create);
    auto& session = static_cast<PostgresSession&>(writer.connection());
    const struct {
        std::string sql, want_text;
        bool want_of_the_write;
    } rows[] = {
        {"INSERT INTO schema_version (version) VALUES (NULL)", "null value in column \"version\" of relation \"schema_version\" violates not-null constraint", true},
        {"INSERT INTO nothing (x) VALUES (1)", "relation \"nothing\" does not exist", false},
        {"SET TRANSACTION READ ONLY; ", "cannot execute UPDATE in a read-only transaction: this server takes no writes: it is a standby, or set read-only", false},
    };
    for (const auto& row : rows) {
        Trouble trouble;
        try {
            writer.transaction([&] {
                session.execute(row.sql);
                writer.touch();
            });
        } catch (const std::exception& error) {
            trouble = trouble_of(error, directory.location());
        }
        BOOST_TEST(trouble.text == directory.url() + ": " + row.want_text);
        BOOST_TEST(trouble.of_the_write == row.want_of_the_write);
    }
    writer.transaction([&] { writer.touch(); });
}

BOOST_AUTO_TEST_CASE(any_octets_come_back) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto message = sample_message("t");
    message.sender = std::string("a\0\xff\xc3\x28 \xf4\x8f\xbc\x80 \xe6\x97\xa5", 15);
    message.message_id = "<\xe9@crm.test>";
    BOOST_TEST(record(store, message).durable);
    BOOST_TEST((store.find_message("t")->sender == message.sender));
    BOOST_TEST(store.find_by_message_id("<\xe9@crm.test>", 9).size() == 1U);
    BOOST_TEST(store.find_by_message_id("<\xe8@crm.test>", 9).empty());
}

BOOST_AUTO_TEST_CASE(databases_that_are_no_store) {
    const struct {
        std::string sql;
        Open how;
        std::string want_error;
    } rows[] = {
        {"CREATE TABLE notes (x TEXT)", Open::create, "is the database of another program"},
        {"CREATE TABLE schema_version AS SELECT 99 AS version", Open::create, "it has schema version 99, and this program knows versions up to "},
        {"SELECT 1", Open::existing, "it has schema version 0, and this program needs "},
    };
    for (const auto& row : rows) {
        const Directory directory;
        postgres()->execute("SET search_path = " + directory.schema() + "; " + row.sql);
        const auto error = thrown_by([&] { Store(directory.url(), row.how); });
        BOOST_TEST(holds(error, row.want_error), row.sql << ": " << error);
        BOOST_TEST(error.starts_with(directory.url()), error);
    }
}

BOOST_AUTO_TEST_CASE(made_by_several_at_once) {
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
    BOOST_TEST(directory.asked("SELECT version FROM schema_version") == std::to_string(schema_version()));
}

BOOST_AUTO_TEST_SUITE_END()
