// SPDX-License-Identifier: BSD-2-Clause
//
// The store as the daemons use it: a second store on the same file sees what the first wrote, and Open::existing changes nothing.
#include "store/store.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(whole_store)

BOOST_AUTO_TEST_CASE(one_writes_the_other_reads) {
    const Directory directory;
    Store policyd(directory.url(), Open::create);
    Store bounced(directory.url(), Open::create);
    Store ctl(directory.url(), Open::existing);
    BOOST_TEST(record(policyd, sample_message("t1")).durable);
    BOOST_TEST(bounced.find_message("t1").has_value());
    const auto outcome = record(bounced, Report{{sample_event("e1", "t1", "k")}, {sample_outgoing("t1")}, true});
    BOOST_TEST(outcome.durable);
    BOOST_TEST(outcome.fresh_events == 1);
    BOOST_TEST(outcome.error.empty());
    BOOST_TEST(ctl.events_of("t1").size() == 1U);
    BOOST_TEST(ctl.outgoing_of("t1").size() == 1U);
    const auto counts = ctl.counts("example.com", noon);
    BOOST_TEST(counts.relayed == 1);
    BOOST_TEST(counts.bounced == 1);
    ctl.check_writable();
    BOOST_TEST(ctl.last_relayed("example.com")->token == "t1");
}

BOOST_AUTO_TEST_CASE(done_may_be_left_out) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        store.record_message(sample_message("t1"), {});
        store.record_report({{sample_event("e1", "t1", "k")}, {}, true}, {});
        store.purge(noon - day, {});
    }
    Store store(directory.url(), Open::existing);
    BOOST_TEST(store.find_message("t1").has_value());
    BOOST_TEST(store.events_of("t1").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_with_spaces) {
    const Directory directory;
    const auto folder = directory.path() + "/a folder of = signs";
    std::filesystem::create_directory(folder);
    Store store("sqlite://" + folder + "/my store.db", Open::create);
    BOOST_TEST(record(store, sample_message("t1")).durable);
    BOOST_TEST(file_id(folder + "/my store.db").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
