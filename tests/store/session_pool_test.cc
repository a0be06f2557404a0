// SPDX-License-Identifier: BSD-2-Clause
//
// Read sessions: many threads at once, beside a writer; errors name the store.
#include "store/session_pool.hh"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "store/sqlite_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(session_pool)

BOOST_AUTO_TEST_CASE(more_threads_than_sessions) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("t")).durable);
    std::atomic<int> found = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 20; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) found += store.find_message("t") ? 1 : 0;
        });
    for (int i = 0; i < 100; ++i) BOOST_TEST(record(store, sample_message("w" + std::to_string(i))).durable);
    for (auto& thread : threads) thread.join();
    BOOST_TEST(found == 1000);
}

BOOST_AUTO_TEST_CASE(a_read_leaves_no_transaction_open) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("t")).durable);
    BOOST_TEST(store.find_message("t").has_value());
    SqliteSession session(directory.location(), Session::Use::checkpoint);
    BOOST_TEST(!session.checkpoint("TRUNCATE").busy);   // a reader that still reads would make it busy
}

BOOST_AUTO_TEST_CASE(errors_name_the_store) {
    const Directory directory;
    SessionPool pool(directory.location());
    const auto read = [&] { return pool.read([](ReadSession& session) { return session.messages.find("t"); }); };
    const auto missing = thrown_by(read);
    BOOST_TEST(holds(missing, directory.url() + ": file " + directory.file() + " does not exist"), missing);
    { Store store(directory.url(), Open::create); }
    BOOST_TEST(!read());   // and it works once the store is there
    const auto own = thrown_by([&] { return pool.read([](ReadSession&) -> int { throw std::runtime_error("a stored list is not whole"); }); });
    BOOST_TEST(own == directory.url() + ": a stored list is not whole");
}

BOOST_AUTO_TEST_SUITE_END()
