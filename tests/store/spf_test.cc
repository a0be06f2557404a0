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

BOOST_AUTO_TEST_SUITE_END()
