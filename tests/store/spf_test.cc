// SPDX-License-Identifier: BSD-2-Clause
//
// SPF answers and names: written over, forgotten, read again; a store of the first version gets the tables.
#include <boost/test/unit_test.hpp>

#include "store/session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Outcome record(Store& store, SpfChanges changes) {
    return outcome_of([&](Done done) { store.record_spf(std::move(changes), std::move(done)); });
}

std::string shown(Store& store) {
    std::string out;
    for (const auto& v : store.spf_verdicts(100))
        out += v.name + " " + v.client + (v.passed ? " in " : " out ") + std::to_string(v.checked_at) + " " + std::to_string(v.good_until) + "; ";
    for (const auto& n : store.spf_names())
        out += n.name + " " + std::to_string(n.answered_at) + " " + std::to_string(n.failing_since) + " " + n.last_error + (n.refused ? " refused " : " ") +
               std::to_string(n.probed_at) + " " + std::to_string(n.clients) + "; ";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spf)

BOOST_AUTO_TEST_CASE(rows) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    SpfChanges first;
    first.verdicts = {{"a.test", "192.0.2.1", true, 10, 70}, {"a.test", "192.0.2.2", true, 20, 80}, {"b.test", "192.0.2.1", false, 30, 90}};
    first.names = {{"b.test", 0, 7, "why", true, 8, 0}, {"a.test", 20, 0, "", false, 5, 2}};
    BOOST_TEST(record(store, first).durable);
    BOOST_TEST(shown(store) ==
               "b.test 192.0.2.1 out 30 90; a.test 192.0.2.2 in 20 80; a.test 192.0.2.1 in 10 70; a.test 20 0  5 2; b.test 0 7 why refused 8 0; ");
    BOOST_TEST(store.spf_verdicts(1).size() == 1u);

    SpfChanges second;
    second.verdicts = {{"a.test", "192.0.2.1", false, 40, 100}};
    second.forgotten = {{"a.test", "192.0.2.2"}};
    second.names = {{"a.test", 40, 0, "x", false, 6, 1}};
    second.forgotten_names = {"b.test"};
    BOOST_TEST(record(store, second).durable);
    BOOST_TEST(shown(store) == "a.test 192.0.2.1 out 40 100; a.test 40 0 x 6 1; ");
}

BOOST_AUTO_TEST_CASE(a_store_of_the_first_version) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(test::record(store, sample_message("a1")).durable);
    }
    {
        Session session(directory.location(), Session::Use::write);
        session.sql() << "DROP TABLE standings";
        session.sql() << "DROP TABLE soft_failures";
        session.sql() << "DROP TABLE activity";
        session.sql() << "DROP TABLE recent_refusals";
        session.sql() << "DROP TABLE activity";
        session.sql() << "DROP TABLE notices";
        session.sql() << "DROP TABLE told_once";
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
    BOOST_TEST(record(store, {{}, {}, {{"a.test", 1, 0, "", false, 1, 0}}, {}}).durable);
    BOOST_TEST(shown(store) == "a.test 1 0  1 0; ");
}

BOOST_AUTO_TEST_SUITE_END()
