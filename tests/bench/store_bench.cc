// SPDX-License-Identifier: BSD-2-Clause
//
// How many relayed messages a second the store makes durable with 1, 8 and 32 requests in flight, beside the fdatasync rate of
// the same directory, and how fast a token is found. Takes no arguments; writes below $TMPDIR (or /tmp) and removes it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/clock.hh"
#include "base/fd.hh"
#include "store/store.hh"
#include "tests/bench/store_sample.hh"

namespace {

using namespace std::chrono_literals;
using namespace crmrelay;
using bench::Directory;
using bench::message;
using Clock = std::chrono::steady_clock;

constexpr auto round_time = 2s;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto sum = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return sum(usage.ru_utime) + sum(usage.ru_stime);
}

// 16 KiB a time, in a file that is written over, as the write-ahead log is.
double fdatasync_rate(const std::string& directory) {
    const auto path = directory + "/fdatasync";
    const base::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const std::string page(16384, 'x');
    constexpr int pages = 512;
    const auto put = [&](int i) {
        if (pwrite(fd.get(), page.data(), page.size(), static_cast<off_t>(i % pages) * static_cast<off_t>(page.size())) < 0) throw std::runtime_error("cannot write " + path);
    };
    for (int i = 0; i < pages; ++i) put(i);
    fsync(fd.get());
    int rounds = 0;
    const auto start = Clock::now();
    for (; Clock::now() - start < 500ms; ++rounds) {
        put(rounds);
        fdatasync(fd.get());
    }
    const double rate = rounds / seconds_since(start);
    std::filesystem::remove(path);
    return rate;
}

void record(store::Store& store, int in_flight, std::string& some_token, const std::string& directory) {
    const double before = fdatasync_rate(directory);
    std::counting_semaphore<> slots(in_flight);
    std::atomic<std::uint64_t> lost = 0;
    std::mt19937_64 random(static_cast<std::uint64_t>(in_flight));
    std::uint64_t number = 0;
    const auto start = Clock::now();
    const double cpu = cpu_seconds();
    while (Clock::now() - start < round_time) {
        slots.acquire();
        auto m = message(random, number++, base::now());
        some_token = m.token;
        store.record_message(std::move(m), [&](const store::Outcome& outcome) {
            if (!outcome.durable) ++lost;
            slots.release();
        });
    }
    for (int i = 0; i < in_flight; ++i) slots.acquire();
    const double rate = static_cast<double>(number) / seconds_since(start);
    const double each = (cpu_seconds() - cpu) / static_cast<double>(number) * 1e6;
    const double fdatasyncs = (before + fdatasync_rate(directory)) / 2;   // disks change their mind: measured before and after
    fmt::print("record_message  {:3} in flight  {:8.0f}/s  {:6.1f} us of CPU each  {:6.2f} x the disk's {:.0f} fdatasync/s{}\n", in_flight, rate, each,
               rate / fdatasyncs, fdatasyncs, lost ? "  NOT ALL DURABLE" : "");
}

void find(store::Store& store, const std::string& token) {
    int found = 0;
    const auto start = Clock::now();
    for (; Clock::now() - start < 1s; ++found)
        if (!store.find_message(token)) throw std::runtime_error("a recorded message is not found");
    fmt::print("find_message    by token       {:8.0f}/s  {:6.1f} us each\n", found / seconds_since(start), seconds_since(start) / found * 1e6);
}

}  // namespace

int main() {
    const Directory directory;
    store::Store store("sqlite://" + directory.path() + "/store.db", store::Open::create);
    std::string token;
    for (const int in_flight : {1, 8, 32}) record(store, in_flight, token, directory.path());
    find(store, token);
    return 0;
}
