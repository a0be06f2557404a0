// SPDX-License-Identifier: BSD-2-Clause
//
// Moves the write-ahead log into the database in a thread and a session of its own, so that no commit pays for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite_session.hh"

namespace crmrelay::store {

class Checkpointer {
public:
    explicit Checkpointer(const Location& location);
    ~Checkpointer();

    void committed(int pages);   // the log's length after a commit; from any thread, never blocks for long

private:
    void serve();
    void checkpoint();

    const Location location_;
    std::atomic<int> last_pages_{0};
    std::atomic<int> wanted_at_;       // the log's length at which the next checkpoint is due
    std::mutex mutex_;
    std::condition_variable wake_;
    bool wanted_ = false, closing_ = false;
    std::unique_ptr<SqliteSession> session_;
    std::thread thread_;
};

}  // namespace crmrelay::store
