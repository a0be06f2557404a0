// SPDX-License-Identifier: BSD-2-Clause
//
// Asks and pings. It judges nothing: what answers is its owner's matter.
#include "base/watchdog.hh"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <exception>
#include <utility>

namespace crmrelay::base {

namespace {

constexpr int kPingsInLimit = 4;

bool asked(const std::function<bool()>& answers) {
    try {
        return answers();
    } catch (const std::exception&) {
        return false;   // a connection that cannot be made is no answer
    }
}

}  // namespace

Watchdog::Watchdog(std::function<bool()> answers) : answers_(std::move(answers)) {
    std::uint64_t limit = 0;
    if (::sd_watchdog_enabled(0, &limit) > 0) thread_ = std::thread([this, limit] { run(std::chrono::microseconds(limit)); });
}

Watchdog::~Watchdog() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Watchdog::run(std::chrono::microseconds limit) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        if (asked(answers_)) ::sd_notify(0, "WATCHDOG=1");
        lock.lock();
        changed_.wait_for(lock, limit / kPingsInLimit, [this] { return stopping_; });
    }
}

}  // namespace crmrelay::base
