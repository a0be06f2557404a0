// SPDX-License-Identifier: BSD-2-Clause
//
// The service manager's watchdog (sd_watchdog_enabled(3)): pings it as long as the part of a daemon that could hang answers. Without a
// service manager that asks for pings it does nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace crmrelay::base {

class Watchdog {
public:
    static constexpr std::chrono::seconds kAnswer{5};   // that a loop is given for one turn

    // `answers` is asked in a thread of the watchdog's own, four times in the manager's limit: does what serves still turn? Where it says no,
    // throws or does not return, there is no ping.
    explicit Watchdog(std::function<bool()> answers);
    Watchdog(const Watchdog&) = delete;
    ~Watchdog();

private:
    void run(std::chrono::microseconds limit);

    const std::function<bool()> answers_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace crmrelay::base
