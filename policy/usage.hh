// SPDX-License-Identifier: BSD-2-Clause
//
// How many messages each login of a domain has had relayed within the last hour and day, minute by minute, against the domain's `limits`: a stolen password
// uses up its own share alone. Pure state: the shell says what time it is, fills it from the store at the start, and stores what is taken.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "conf/config.hh"

namespace crmrelay::policy {

// The login whose share of this domain's limits a message uses: as the domain lists it. Empty for all others, who share one.
std::string counted_login(const conf::Domain& domain, std::string_view login);
// The same as Usage's key.
std::string account_of(const conf::Domain& domain, std::string_view login);

// One of a domain's two limits, and where an account stands against it.
struct LimitState {
    enum class Window { hour, day };
    Window window = Window::hour;
    std::int64_t used = 0, most = 0;
    base::Seconds free_at = 0;         // when the window has room again, as far as is known now
};

std::string_view name_of(LimitState::Window window);   // "hour"

class Usage {
public:
    struct Taken {
        std::optional<LimitState> refused;     // the limit that is reached: nothing was taken
        std::optional<LimitState> warned;      // this message is the one that reaches 80 % of a limit
    };

    // One more message of this account.
    Taken take(const std::string& account, const conf::Limits& limits, base::Seconds now);
    // The message that was taken at that time did not leave.
    void give_back(const std::string& account, base::Seconds taken_at);
    // Messages of an earlier life.
    void add(const std::string& account, base::Seconds at, std::int64_t messages);

    std::int64_t used(const std::string& account, LimitState::Window window, base::Seconds now) const;

private:
    struct Minute {
        std::int64_t minute, messages;         // since the epoch
    };
    using Minutes = std::deque<Minute>;        // oldest first, none older than a day

    static LimitState state_of(const Minutes& minutes, LimitState::Window window, std::int64_t most, base::Seconds now);
    // Ends with the minute of `now`.
    Minutes& minutes_of(const std::string& account, base::Seconds now);

    std::map<std::string, Minutes> accounts_;
};

}  // namespace crmrelay::policy
