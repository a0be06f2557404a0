// SPDX-License-Identifier: BSD-2-Clause
//
// The write-ahead log is moved into the database while writes go on, and begins anew before it grows without bound.
#include "store/checkpointer.hh"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "store/write_session.hh"
#include "store/sqlite_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(checkpointing)

BOOST_AUTO_TEST_CASE(the_log_begins_anew_under_load) {
    const Directory directory;
    WriteSession session(directory.location(), Open::create);
    Checkpointer checkpointer(directory.location());
    int pages_written = 0, restarts = 0, last = 0;
    static_cast<SqliteSession&>(session.connection()).on_commit([&](int pages) {
        if (pages < last) ++restarts;
        pages_written += pages < last ? pages : pages - last;
        last = pages;
        checkpointer.committed(pages);
    });
    // Commits follow each other without a gap, some hundred pages each, in which no passive checkpoint reaches the log's end.
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; restarts < 2 && std::chrono::steady_clock::now() - start < std::chrono::seconds(60); ++i)
        session.transaction([&] {
            for (int k = 0; k < 300; ++k) {
                auto message = sample_message(std::to_string(i) + "x" + std::to_string(k), noon + i);
                message.sender = std::string(4000, 's');
                session.messages.insert(message);
            }
        });
    BOOST_TEST(restarts == 2, pages_written);
    BOOST_TEST(pages_written > 8192);
    BOOST_TEST(std::filesystem::file_size(directory.file()) > 8U << 20);   // it went into the database
}

BOOST_AUTO_TEST_CASE(a_log_that_passive_checkpoints_never_end) {
    const Directory directory;
    WriteSession session(directory.location(), Open::create);
    Checkpointer checkpointer(directory.location());
    int pages = 0;
    static_cast<SqliteSession&>(session.connection()).on_commit([&](int now) { pages = now; });
    const auto insert = [&](int i) {
        auto message = sample_message("t" + std::to_string(i));
        message.sender = std::string(4000, 's');
        session.messages.insert(message);
    };
    session.transaction([&] {
        for (int i = 0; i < 12000; ++i) insert(i);
    });
    const int full = pages;
    BOOST_REQUIRE(full > 8192);
    // A transaction that began before the checkpoint appends to the log, and so does each that follows it in this way.
    for (int round = 1; round <= 4; ++round) {
        session.transaction([&] {
            checkpointer.committed(full * round * 2);
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            insert(20000 + round);
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    BOOST_TEST(pages < full);
}

BOOST_AUTO_TEST_SUITE_END()
