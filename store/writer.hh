// SPDX-License-Identifier: BSD-2-Clause
//
// Group commit: whoever writes puts a Write into the queue and is called back; one thread takes all that waits, makes one
// transaction with one fdatasync of it, and calls each back. Knows nothing of what is written. Internal to the room.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/away.hh"
#include "store/checkpointer.hh"
#include "store/write_meter.hh"
#include "store/write_session.hh"

namespace crmrelay::store {

struct Write {
    // Writes through the session. May be run again after a rollback. Throws where it cannot.
    std::function<void(WriteSession&, Outcome&)> apply;
    Done done;   // may be empty
    // It changes rows that other servers change as well: in a transaction of its own where there are such servers, so that two never wait for each other.
    bool shares = false;
};

class Writer {
public:
    Writer(const Location& location, Open how, WriteMeter* meter = nullptr) : location_(location), how_(how), meter_(meter) {}
    ~Writer();   // finishes what is queued

    // Opens the store now, in the caller's thread, instead of with the first write. Before any other call. Throws.
    // A database server that is away, though, is opened with a write once it is back: the log says so, and what is wrong with the store itself throws.
    void open_now();

    // Never blocks. Where too many writes wait already, `done` is called at once, with durable = false.
    void submit(Write write);
    // Waits for the outcome. Not from a Done.
    Outcome submit_and_wait(std::function<void(WriteSession&, Outcome&)> apply);
    // Written with the next transaction, or within about a second.
    void note(Refusal refusal);

    std::uint64_t transactions() const { return transactions_; }   // committed since the start

    static constexpr std::size_t most_waiting = 10000;
    static constexpr std::size_t most_in_batch = 512;

private:
    struct Batch {
        std::vector<Write> writes;
        Tally refusals;
        bool last = false;   // closing, and nothing is left
    };

    void open();
    void start();   // with mutex_ held
    void serve();
    Batch take();
    void commit(Batch& batch);
    void commit_together(Batch& batch, std::vector<Outcome>& outcomes);
    void commit_one_by_one(Batch& batch, std::vector<Outcome>& outcomes);
    void give_up_on_session(const Trouble& trouble);
    void give_way();
    void open_sqlite();

    const Location location_;
    const Open how_;
    WriteMeter* const meter_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Write> queue_;
    Tally refusals_;
    std::chrono::steady_clock::time_point refusals_due_{};
    bool sleeping_ = false, closing_ = false;
    std::thread thread_;

    // The writer thread's own.
    std::unique_ptr<Checkpointer> checkpointer_;
    std::unique_ptr<WriteSession> session_;
    Away away_;
    bool in_trouble_ = false;
    std::size_t last_batch_ = 0;
    std::chrono::steady_clock::time_point last_pause_{};
    std::atomic<std::uint64_t> transactions_{0};
};

}  // namespace crmrelay::store
