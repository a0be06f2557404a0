// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/hash_pool.cc: clients take turns, and the queue is bounded.
#include "policy/hash_pool.hh"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <thread>

using namespace crmrelay::policy;

BOOST_AUTO_TEST_SUITE(hash_pool)

BOOST_AUTO_TEST_CASE(a_flood_lets_others_through) {
    HashPool pool(2);
    std::atomic<int> flood = 0, at_once = 0, most = 0;
    for (int i = 0; i < 200; ++i)
        BOOST_REQUIRE(pool.run("flood", [&] {
            const int now = ++at_once;
            if (now > most) most = now;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            --at_once;
            ++flood;
        }));
    std::promise<int> before;
    BOOST_REQUIRE(pool.run("good", [&] { before.set_value(flood); }));
    BOOST_TEST(before.get_future().get() < 50);
    while (flood < 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    BOOST_TEST(most == 1);   // never both threads
}

BOOST_AUTO_TEST_CASE(bounds) {
    std::promise<void> go;
    const auto gone = go.get_future().share();
    HashPool pool(2);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < 2 * kQueueAClient; ++i) taken += pool.run("one", [gone] { gone.wait(); });
    BOOST_TEST(taken >= kQueueAClient);
    BOOST_TEST(taken <= kQueueAClient + 1);   // one is being done
    for (std::size_t i = 0; i < 2 * kQueueAtAll; ++i) taken += pool.run(std::to_string(i), [gone] { gone.wait(); });
    BOOST_TEST(taken >= kQueueAtAll);
    BOOST_TEST(taken <= kQueueAtAll + 2);
    go.set_value();
}

BOOST_AUTO_TEST_CASE(what_waits_is_dropped_at_the_end) {
    std::atomic<int> done = 0;
    {
        HashPool pool(1);
        for (int i = 0; i < 100; ++i)
            pool.run("one", [&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                ++done;
            });
    }
    BOOST_TEST(done < 100);
}

BOOST_AUTO_TEST_SUITE_END()
