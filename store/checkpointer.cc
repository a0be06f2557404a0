// SPDX-License-Identifier: BSD-2-Clause
//
// PASSIVE checkpoints hinder nobody, but while commits never pause they never reach the log's end, and the log grows. Beyond
// a bound a RESTART follows: it holds the write lock for the little that the PASSIVE one left, and the log begins anew.
#include "store/checkpointer.hh"

#include "base/log.hh"

namespace crmrelay::store {

namespace {

constexpr int step_pages = 4096;              // 16 MB between checkpoints
constexpr int restart_pages = 8192;           // 32 MB
constexpr int truncate_pages = 8 * 8192;      // a long reader held it all back: give the disk its 256 MB again

}  // namespace

Checkpointer::Checkpointer(const Location& location) : location_(location), wanted_at_(step_pages), thread_([this] { serve(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Checkpointer::committed(int pages) {
    if (pages < last_pages_.exchange(pages)) wanted_at_ = step_pages;   // the log began anew
    if (pages < wanted_at_) return;
    wanted_at_ = pages + step_pages;   // until the checkpoint has been
    {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    wake_.notify_one();
}

void Checkpointer::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return wanted_ || closing_; });
        if (closing_) return;
        wanted_ = false;
        lock.unlock();
        try {
            checkpoint();
        } catch (const std::exception& error) {
            // The writer meets the same trouble and answers for it; the next commits ask for the next checkpoint.
            base::Line(base::Severity::debug, "store").field("checkpoint", trouble_of(error, location_).text);
            session_.reset();
        }
        lock.lock();
    }
}

void Checkpointer::checkpoint() {
    if (session_ && session_->moved()) session_.reset();
    if (!session_) {
        if (!file_id(location_.path)) return;   // never makes the file
        session_ = std::make_unique<SqliteSession>(location_, Session::Use::checkpoint);
    }
    const auto passive = session_->checkpoint("PASSIVE");
    if (passive.pages > truncate_pages)
        session_->checkpoint("TRUNCATE");
    else if (passive.pages > restart_pages)
        session_->checkpoint("RESTART");
}

}  // namespace crmrelay::store
