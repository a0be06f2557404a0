// SPDX-License-Identifier: BSD-2-Clause
//
// A table a day: made ahead and when needed, found by token, dropped when old.
#include "store/partitions.hh"

#include <boost/test/unit_test.hpp>

#include "base/crypto.hh"
#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

std::string days(const Directory& directory) {
    return directory.asked("SELECT coalesce(string_agg(substr(c.relname, 10), ' ' ORDER BY c.relname), '') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                           " WHERE i.inhparent = to_regclass('messages')");
}

// As policy/token.hh makes one, issued at that time.
std::string token_of(Seconds issued) {
    std::string octets(25, 'k');
    for (int i = 0; i < 4; ++i) octets[static_cast<std::size_t>(1 + i)] = static_cast<char>(issued >> (24 - 8 * i) & 0xff);
    return base::base32(octets);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(partitions)

BOOST_AUTO_TEST_CASE(made_ahead_and_when_needed) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, sample_message("a", noon)).durable);
    BOOST_TEST(days(directory) == "20261125 20261126 20261127");
    BOOST_TEST(record(store, sample_message("b", noon + day)).durable);
    BOOST_TEST(record(store, sample_message("c", noon - 5 * day)).durable);
    BOOST_TEST(days(directory) == "20261120 20261121 20261122 20261125 20261126 20261127 20261128");
    for (const char* token : {"a", "b", "c"}) BOOST_TEST(store.find_message(token).has_value(), token);
}

BOOST_AUTO_TEST_CASE(somebody_dropped_the_table_of_today) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, sample_message("a")).durable);
    directory.execute("DROP TABLE messages_20261125");
    record(store, sample_message("b"));   // may fail: its process took the table for there
    BOOST_TEST(record(store, sample_message("c")).durable);
}

BOOST_AUTO_TEST_CASE(a_token_names_its_day) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    std::vector<std::string> tokens;
    for (int i = 0; i < 20; ++i) {
        const auto time = noon + i * day / 2;
        tokens.push_back(token_of(time));
        BOOST_REQUIRE(record(store, sample_message(tokens.back(), time)).durable);
    }
    for (const auto& token : tokens) BOOST_TEST(store.find_message(token).has_value());
    BOOST_TEST(!store.find_message(token_of(noon - day)));
    const auto session = open_session(directory.location(), Session::Use::read, Open::existing);
    std::string line, plan;
    long long from = noon / 3600, to = noon / 3600 + 1;
    Statement(*session, "EXPLAIN SELECT m.token FROM messages m WHERE m.token = :token AND m.hour BETWEEN :from AND :to").in(tokens[0], from, to).out(line).each([&] { plan += line + "\n"; });
    BOOST_TEST(holds(plan, "messages_20261125"), plan);
    BOOST_TEST(!holds(plan, "messages_20261126"), plan);
}

BOOST_AUTO_TEST_CASE(servers_make_one_at_the_same_time) {
    const Directory directory;
    { Store store(directory.url(), Open::create); }
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i)
        children.push_back(fork_child([&] {
            Store store(directory.url(), Open::create);
            for (int d = 0; d < 10; ++d)
                if (!record(store, sample_message("p" + std::to_string(i) + "x" + std::to_string(d), noon + d * day)).durable) return 1;
            return 0;
        }));
    for (const auto child : children) BOOST_TEST(exit_status(child) == 0);
    BOOST_TEST(directory.asked("SELECT count(*) FROM messages") == "60");
}

BOOST_AUTO_TEST_CASE(purged_by_the_day) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (const auto& [token, age] : {std::pair{"old", 3}, std::pair{"told", 2}, std::pair{"edge", 1}, std::pair{"young", 0}}) {
        BOOST_REQUIRE(record(store, sample_message(token, noon - age * day)).durable);
        BOOST_REQUIRE(record(store, Report{{sample_event(token, token, token, noon - age * day)}, {}, true}).durable);
    }
    BOOST_REQUIRE(record(store, Report{{}, {sample_outgoing("told", noon - 2 * day)}, true}).durable);
    BOOST_TEST(purge(store, noon - day).durable);
    BOOST_TEST(!store.find_message("old"));
    BOOST_TEST(store.find_message("told").has_value());   // its report is still to be told
    BOOST_TEST(store.find_message("edge").has_value());   // its day is not over
    BOOST_TEST(store.find_message("young").has_value());
    BOOST_TEST(store.events_of("old").empty());
    BOOST_TEST(store.events_of("edge").size() == 1U);
    store.mark_queued(store.outgoing_of("told")[0].id, "Q2", noon);
    BOOST_TEST(purge(store, noon - day).durable);
    BOOST_TEST(!store.find_message("told"));
    BOOST_TEST(days(directory) == "20261124 20261125 20261126 20261127");
}

BOOST_AUTO_TEST_CASE(writes_go_on_while_it_is_purged) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 30; ++i) BOOST_REQUIRE(record(store, sample_message("t" + std::to_string(i), noon - i * day)).durable);
    const pid_t other = fork_child([&] {
        Store second(directory.url(), Open::create);
        return purge(second, noon).durable ? 0 : 1;
    });
    for (int i = 0; i < 200; ++i) BOOST_TEST(record(store, sample_message("u" + std::to_string(i), noon)).durable);
    BOOST_TEST(exit_status(other) == 0);
    BOOST_TEST(!store.find_message("t29"));
}

BOOST_AUTO_TEST_SUITE_END()
