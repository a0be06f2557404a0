// SPDX-License-Identifier: BSD-2-Clause
//
// Two processes write one store, and processes die in the middle of it.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <semaphore>

#include "base/fd.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

std::string token_of(int process, int number) { return "p" + std::to_string(process) + "x" + std::to_string(number); }

// Writes `count` messages, eight in flight; 0 where all became durable.
int write_messages(const Directory& directory, int process, int count) {
    Store store(directory.url(), Open::create);
    std::counting_semaphore<> slots(8);
    std::atomic<int> lost = 0;
    for (int i = 0; i < count; ++i) {
        slots.acquire();
        store.record_message(sample_message(token_of(process, i)), [&](const Outcome& outcome) {
            if (!outcome.durable && ++lost == 1) BOOST_TEST_MESSAGE(outcome.error);
            slots.release();
        });
        // Reads before it writes: the case that a plain BEGIN cannot serve while the other process commits.
        if (i % 20 == 0 && !store.count_forward("t", noon, 1 << 20)) return 2;
    }
    for (int i = 0; i < 8; ++i) slots.acquire();
    return lost == 0 ? 0 : 1;
}

// Writes messages without end, and tells `out` the number of each that is durable.
int write_until_killed(const Directory& directory, int process, int out) {
    Store store(directory.url(), Open::create);
    std::counting_semaphore<> slots(16);
    for (int i = 0;; ++i) {
        slots.acquire();
        store.record_message(sample_message(token_of(process, i)), [&, i](const Outcome& outcome) {
            if (outcome.durable && write(out, &i, sizeof i) != sizeof i) _exit(1);
            slots.release();
        });
    }
}

std::vector<int> read_numbers(int in, std::size_t at_least) {
    std::vector<int> numbers;
    int number = 0;
    while ((at_least == 0 || numbers.size() < at_least) && read(in, &number, sizeof number) == sizeof number) numbers.push_back(number);
    return numbers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(processes)

BOOST_AUTO_TEST_CASE(two_write_at_once) {
    const Directory directory;
    constexpr int count = 3000;
    const pid_t first = fork_child([&] { return write_messages(directory, 1, count); });
    const pid_t second = fork_child([&] { return write_messages(directory, 2, count); });
    BOOST_TEST(exit_status(first) == 0);
    BOOST_TEST(exit_status(second) == 0);
    Store store(directory.url(), Open::existing);
    BOOST_TEST(store.counts("example.com", noon).relayed == 2 * count);
    for (const int process : {1, 2}) BOOST_TEST(store.find_message(token_of(process, count - 1)).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_durable_survives_a_kill) {
    const Directory directory;
    constexpr int rounds = 3;
    std::vector<std::vector<int>> told;
    for (int round = 0; round < rounds; ++round) {
        int ends[2];
        BOOST_REQUIRE(pipe(ends) == 0);
        const base::Fd in(ends[0]);
        base::Fd out(ends[1]);
        const pid_t child = fork_child([&] { return write_until_killed(directory, round, out.get()); });
        out = base::Fd();
        auto numbers = read_numbers(in.get(), 200);
        kill(child, SIGKILL);
        BOOST_TEST(exit_status(child) == -1);
        const auto rest = read_numbers(in.get(), 0);
        numbers.insert(numbers.end(), rest.begin(), rest.end());
        BOOST_TEST(numbers.size() >= 200U);
        told.push_back(std::move(numbers));
    }
    Store store(directory.url(), Open::create);
    for (int round = 0; round < rounds; ++round) {
        int missing = 0;
        for (const int number : told[static_cast<std::size_t>(round)])
            if (!store.find_message(token_of(round, number))) ++missing;
        BOOST_TEST(missing == 0);
    }
    BOOST_TEST(record(store, sample_message("after")).durable);
}

BOOST_AUTO_TEST_CASE(a_killed_writer_leaves_no_lock) {
    const Directory directory;
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const base::Fd in(ends[0]);
    base::Fd out(ends[1]);
    const pid_t child = fork_child([&] { return write_until_killed(directory, 1, out.get()); });
    out = base::Fd();
    BOOST_REQUIRE(read_numbers(in.get(), 1).size() == 1U);
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(record(store, sample_message("beside")).durable);
        kill(child, SIGKILL);
        exit_status(child);
        const auto start = std::chrono::steady_clock::now();
        BOOST_TEST(record(store, sample_message("after")).durable);
        BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(4)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
