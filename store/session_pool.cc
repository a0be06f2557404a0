// SPDX-License-Identifier: BSD-2-Clause
//
// Lends read sessions. One that failed, or whose file was moved away, is closed instead of lent again.
#include "store/session_pool.hh"

#include <stdexcept>

namespace crmrelay::store {

namespace {

constexpr int most_sessions = 8;

}  // namespace

ReadSession::ReadSession(const Location& location)
    : connection(open_session(location, Session::Use::read, Open::existing)),
      messages(*connection),
      events(*connection),
      outbox(*connection),
      tallies(*connection),
      refusals(*connection),
      spf(*connection),
      standings(*connection),
      notices(*connection),
      figures(*connection),
      logins(*connection) {}

std::unique_ptr<ReadSession> SessionPool::take() {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return in_use_ < most_sessions; });
    ++in_use_;
    std::unique_ptr<ReadSession> session;
    if (!idle_.empty()) {
        session = std::move(idle_.back());
        idle_.pop_back();
    }
    lock.unlock();
    try {
        if (session && session->connection->moved()) session.reset();
        if (!session) session = opened();
        return session;
    } catch (const std::exception& error) {
        fail(std::move(session), error);
    }
}

std::unique_ptr<ReadSession> SessionPool::opened() {
    {
        const std::lock_guard lock(mutex_);
        away_.check();
    }
    try {
        return std::make_unique<ReadSession>(location_);
    } catch (const std::exception& error) {
        const std::lock_guard lock(mutex_);
        away_.note(location_, trouble_of(error, location_).text);
        throw;
    }
}

void SessionPool::give_back(std::unique_ptr<ReadSession> session) {
    {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(session));
    }
    leave();
}

void SessionPool::fail(std::unique_ptr<ReadSession> session, const std::exception& error) {
    const auto text = trouble_of(error, location_).text;
    session.reset();
    leave();
    throw std::runtime_error(text);
}

void SessionPool::leave() {
    {
        const std::lock_guard lock(mutex_);
        --in_use_;
    }
    free_.notify_one();
}

}  // namespace crmrelay::store
