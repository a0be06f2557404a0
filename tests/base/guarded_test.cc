// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/guarded.hh and base/fd.hh.
#include "base/guarded.hh"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <thread>
#include <vector>

#include "base/fd.hh"

using namespace crmrelay::base;

namespace {

bool open_still(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

Fd some_fd() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(guarded)

BOOST_AUTO_TEST_CASE(no_increment_is_lost) {
    Guarded<long> count(0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 20000; ++n) ++*count.lock();
        });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(*count.lock() == 80000);
}

BOOST_AUTO_TEST_CASE(a_condition_variable_waits_on_it) {
    Guarded<int> state;
    *state.lock() = 1;
    std::condition_variable changed;
    std::thread other([&] {
        *state.lock() = 2;
        changed.notify_one();
    });
    {
        auto lock = state.lock();
        changed.wait(lock.mutex_lock(), [&] { return *lock == 2; });
    }
    other.join();
    BOOST_TEST(*state.lock() == 2);
}

BOOST_AUTO_TEST_CASE(an_fd_is_closed_once_and_by_its_last_owner) {
    int number = -1;
    {
        Fd first = some_fd();
        number = first.get();
        Fd second = std::move(first);
        BOOST_TEST(!first);
        BOOST_TEST(second.get() == number);
        BOOST_TEST(open_still(number));
    }
    BOOST_TEST(!open_still(number));
}

BOOST_AUTO_TEST_CASE(assigning_closes_the_former_fd) {
    Fd fd = some_fd();
    const int number = fd.get();
    fd = Fd();
    BOOST_TEST(!fd);
    BOOST_TEST(!open_still(number));
}

BOOST_AUTO_TEST_CASE(a_released_fd_stays_open) {
    Fd fd = some_fd();
    const int number = fd.release();
    fd = Fd();
    BOOST_TEST(open_still(number));
    ::close(number);
}

BOOST_AUTO_TEST_SUITE_END()
