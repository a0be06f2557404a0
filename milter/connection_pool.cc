// SPDX-License-Identifier: BSD-2-Clause
//
// Checks connections out and in, and sees where policyd has closed an idle one.
#include "milter/connection_pool.hh"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "milter/guard.hh"

namespace crmrelay::milter {

namespace {

using base::Error;
using base::Fd;
using base::Result;

// An idle connection has nothing to read. The end of it, or octets that nobody asked for, make it useless.
bool still_stands(const Fd& fd) {
    char octet;
    return ::recv(fd.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), fd_(std::move(other.fd_)), fresh_(other.fresh_), keep_(other.keep_) {}

ConnectionPool::Lease::~Lease() {
    if (!pool_) return;
    if (keep_) pool_->checkin(std::move(fd_));
    else pool_->drop();
}

ConnectionPool::ConnectionPool(base::Endpoint endpoint, std::size_t most, std::chrono::seconds connect_limit)
    : endpoint_(std::move(endpoint)), most_(most), connect_limit_(connect_limit) {
    state_.lock()->idle.reserve(most);   // so that checkin() allocates nothing, and cannot fail
}

Result<ConnectionPool::Lease> ConnectionPool::checkout(bool fresh, Clock::time_point deadline) {
    auto idle = take(fresh, deadline);
    if (!idle) return Error{idle.error()};
    if (*idle) return Lease(*this, std::move(*idle), false);
    auto dialled = dial();
    if (dialled) return Lease(*this, std::move(*dialled), true);
    drop();
    return Error{dialled.error()};
}

// An idle connection, or an empty Fd and the right to open one more.
Result<Fd> ConnectionPool::take(bool fresh, Clock::time_point deadline) {
    auto state = state_.lock();
    for (;;) {
        while (!state->idle.empty()) {
            if (fresh && state->open < most_) break;
            Fd fd = std::move(state->idle.back());
            state->idle.pop_back();
            if (!fresh && still_stands(fd)) return fd;
            --state->open;
        }
        if (state->open < most_) {
            ++state->open;
            return Fd();
        }
        if (returned_.wait_until(state.mutex_lock(), deadline) == std::cv_status::timeout && state->idle.empty() && state->open >= most_)
            return Error{fmt::format("{}: all {} connections to policyd are in use", endpoint_.text(), most_)};
    }
}

Result<Fd> ConnectionPool::dial() const {
    return guarded([this]() -> Result<Fd> { return base::connect_to(endpoint_, static_cast<int>(connect_limit_.count())); },
                   [](const char* why) -> Result<Fd> { return Error{why}; });
}

void ConnectionPool::checkin(Fd fd) {
    state_.lock()->idle.push_back(std::move(fd));
    returned_.notify_one();
}

void ConnectionPool::drop() {
    --state_.lock()->open;
    returned_.notify_one();
}

}  // namespace crmrelay::milter
