// SPDX-License-Identifier: BSD-2-Clause
//
// A bounded pool of connections to policyd, shared by libmilter's worker threads: a callback checks one out, and it comes back by itself.
// Connections stay open as long as the process lives: policyd forgets a milter's announcements when its last one goes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <vector>

#include "base/endpoint.hh"
#include "base/fd.hh"
#include "base/guarded.hh"
#include "base/result.hh"

namespace crmrelay::milter {

using Clock = std::chrono::steady_clock;

class ConnectionPool {
public:
    // One connection while it is in use. It is closed at the end unless keep() was called: an exchange that broke off leaves it unusable.
    class Lease {
    public:
        Lease(Lease&& other) noexcept;
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        int fd() const { return fd_.get(); }
        bool fresh() const { return fresh_; }   // dialled for this lease
        void keep() { keep_ = true; }

    private:
        friend class ConnectionPool;
        Lease(ConnectionPool& pool, base::Fd fd, bool fresh) : pool_(&pool), fd_(std::move(fd)), fresh_(fresh) {}

        ConnectionPool* pool_;
        base::Fd fd_;
        bool fresh_;
        bool keep_ = false;
    };

    ConnectionPool(base::Endpoint endpoint, std::size_t most, std::chrono::seconds connect_limit);

    // An idle connection that still stands, else a new one; with all of them in use it waits until `deadline`. `fresh` asks for a new one.
    base::Result<Lease> checkout(bool fresh, Clock::time_point deadline);

private:
    struct State {
        std::vector<base::Fd> idle;   // the last one back is the first one out
        std::size_t open = 0;         // idle ones and leases
    };

    base::Result<base::Fd> take(bool fresh, Clock::time_point deadline);
    base::Result<base::Fd> dial() const;
    void checkin(base::Fd fd);
    void drop();

    const base::Endpoint endpoint_;
    const std::size_t most_;
    const std::chrono::seconds connect_limit_;
    base::Guarded<State> state_;
    std::condition_variable returned_;
};

}  // namespace crmrelay::milter
