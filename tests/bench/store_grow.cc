// SPDX-License-Identifier: BSD-2-Clause
//
// Whether the store stays as fast when it grows: inserts, look-ups by token and purging, at a few records and at many.
//
//   store_grow COUNT
//
// Writes below $TMPDIR (or /tmp), 1 KiB or so a record, and removes it. Records are relayed over 30 days in their order, as time makes them.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hh"
#include "store/store.hh"
#include "tests/bench/store_sample.hh"

namespace {

using namespace crmrelay;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFew = 10'000, kPurged = 100'000;
constexpr int kInFlight = 500, kFinds = 20'000, kRounds = 5;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Records with numbers from 0 on; the one with a number is the same each time it is made.
class Growing {
public:
    Growing(const std::string& folder, std::uint64_t count)
        : path_(folder + "/store.db"), store_("sqlite://" + path_, store::Open::create), count_(count), begin_(base::now() - 30 * 86400) {}

    // Seconds that it took.
    double grow(std::uint64_t to) {
        std::counting_semaphore<> slots(kInFlight);
        std::atomic<std::uint64_t> lost = 0;
        const auto start = Clock::now();
        for (; size_ < to; ++size_) {
            slots.acquire();
            store_.record_message(record(size_), [&](const store::Outcome& outcome) {
                if (!outcome.durable) ++lost;
                slots.release();
            });
        }
        for (int i = 0; i < kInFlight; ++i) slots.acquire();
        if (lost > 0) throw std::runtime_error("records were not written");
        return seconds_since(start);
    }

    // Microseconds of a look-up, any record being as likely as another.
    double find() {
        std::mt19937_64 random(size_);
        std::vector<double> rounds;
        for (int round = 0; round < kRounds; ++round) {
            std::vector<std::string> tokens;
            for (int i = 0; i < kFinds; ++i) tokens.push_back(record(gone_ + random() % (size_ - gone_)).token);
            const auto start = Clock::now();
            for (const auto& token : tokens)
                if (!store_.find_message(token)) throw std::runtime_error("a recorded message is not found");
            rounds.push_back(seconds_since(start) / kFinds * 1e6);
        }
        return median(rounds);
    }

    // Microseconds a record, of the oldest ones.
    double purge() {
        gone_ += kPurged;
        std::binary_semaphore done(0);
        const auto start = Clock::now();
        store_.purge(time_of(gone_), [&](const store::Outcome&) { done.release(); });
        done.acquire();
        return seconds_since(start) / kPurged * 1e6;
    }

    double octets_each() const { return static_cast<double>(std::filesystem::file_size(path_)) / static_cast<double>(size_); }

private:
    store::Seconds time_of(std::uint64_t number) const { return begin_ + static_cast<store::Seconds>(number * 29 * 86400 / count_); }

    store::Message record(std::uint64_t number) const {
        std::mt19937_64 random(number);
        return bench::message(random, number, time_of(number));
    }

    const std::string path_;
    store::Store store_;
    const std::uint64_t count_;
    const store::Seconds begin_;
    std::uint64_t size_ = 0, gone_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t count = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    if (count < 5 * kPurged) {
        fmt::print(stderr, "usage: store_grow COUNT\nCOUNT is {} or more\n", 5 * kPurged);
        return 2;
    }
    const bench::Directory directory;
    Growing growing(directory.path(), count);
    growing.grow(kFew);
    fmt::print("find_few {:.2f}\n", growing.find());
    const double early = growing.grow(2 * kPurged);
    fmt::print("insert_few {:.0f}\npurge_few {:.2f}\n", static_cast<double>(2 * kPurged - kFew) / early, growing.purge());
    growing.grow(count - 2 * kPurged);
    const double late = growing.grow(count);
    fmt::print("insert_many {:.0f}\nfind_many {:.2f}\noctets {:.0f}\npurge_many {:.2f}\n", 2 * kPurged / late, growing.find(), growing.octets_each(), growing.purge());
    return 0;
}
