// SPDX-License-Identifier: BSD-2-Clause
//
// A database server that could not be reached is not asked again for a moment: where each try takes its full time, whoever waits behind the first one would wait
// for a multiple of it. Internal to the room.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "store/location.hh"

namespace crmrelay::store {

class Away {
public:
    static constexpr std::chrono::milliseconds pause{500};

    // Throws what was wrong the last time, where that was a moment ago.
    void check() const {
        if (std::chrono::steady_clock::now() < until_) throw std::runtime_error(why_);
    }
    void note(const Location& location, const std::string& why) {
        if (!location.postgres) return;   // a file is looked at in no time
        why_ = why;
        until_ = std::chrono::steady_clock::now() + pause;
    }

private:
    std::chrono::steady_clock::time_point until_{};
    std::string why_;
};

}  // namespace crmrelay::store
