// SPDX-License-Identifier: BSD-2-Clause
//
// Counts by the minute: an hour is the last sixty of them, this one included, a day the last 1440.
#include "policy/usage.hh"

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

constexpr base::Seconds kMinute = 60;
constexpr std::int64_t kWarnPercent = 80;

std::int64_t minutes_in(LimitState::Window window) { return window == LimitState::Window::hour ? 60 : 1440; }

// The count at which the administrators are warned: the first that is 80 % or more.
std::int64_t warning_at(std::int64_t most) { return (most * kWarnPercent + 99) / 100; }

}  // namespace

std::string_view name_of(LimitState::Window window) { return window == LimitState::Window::hour ? "hour" : "day"; }

std::string counted_login(const conf::Domain& domain, std::string_view login) {
    const auto listed = std::ranges::find(domain.logins, base::lower(login), [](const std::string& known) { return base::lower(known); });
    return listed == domain.logins.end() ? std::string() : *listed;
}

std::string account_of(const conf::Domain& domain, std::string_view login) {
    const auto counted = counted_login(domain, login);
    return counted.empty() ? domain.name : domain.name + " " + counted;
}

LimitState Usage::state_of(const Minutes& minutes, LimitState::Window window, std::int64_t most, base::Seconds now) {
    LimitState out{window, 0, most, now};
    const auto oldest = now / kMinute - minutes_in(window) + 1;
    const auto within = std::ranges::find_if(minutes, [&](const Minute& minute) { return minute.minute >= oldest; });
    for (auto at = within; at != minutes.end(); ++at) out.used += at->messages;
    // Room comes when the oldest minutes that are too many have left the window.
    auto over = out.used - most + 1;
    for (auto at = within; at != minutes.end() && over > 0; ++at) {
        over -= at->messages;
        out.free_at = (at->minute + minutes_in(window)) * kMinute;
    }
    return out;
}

Usage::Minutes& Usage::minutes_of(const std::string& account, base::Seconds now) {
    auto& minutes = accounts_[account];
    const auto oldest = now / kMinute - minutes_in(LimitState::Window::day) + 1;
    while (!minutes.empty() && minutes.front().minute < oldest) minutes.pop_front();
    // After a jump of the clock backward: what lies ahead would never grow old, so it counts as of now.
    std::int64_t ahead = 0;
    for (; !minutes.empty() && minutes.back().minute > now / kMinute; minutes.pop_back()) ahead += minutes.back().messages;
    if (minutes.empty() || minutes.back().minute < now / kMinute) minutes.push_back({now / kMinute, 0});
    minutes.back().messages += ahead;
    return minutes;
}

Usage::Taken Usage::take(const std::string& account, const conf::Limits& limits, base::Seconds now) {
    Taken out;
    if (!limits.any()) return out;
    auto& minutes = minutes_of(account, now);
    for (const auto& [window, most] : {std::pair(LimitState::Window::hour, limits.per_hour), std::pair(LimitState::Window::day, limits.per_day)}) {
        if (most == 0) continue;
        auto state = state_of(minutes, window, most, now);
        if (state.used >= most) {
            return {state, std::nullopt};   // and warned of nothing: this message does not count
        }
        ++state.used;
        if (state.used == warning_at(most)) out.warned = state;   // of both the day: the hour comes again sooner
    }
    ++minutes.back().messages;
    return out;
}

void Usage::give_back(const std::string& account, base::Seconds taken_at) {
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return;
    const auto at = std::ranges::find(found->second, taken_at / kMinute, &Minute::minute);
    if (at != found->second.end() && at->messages > 0) --at->messages;
}

void Usage::add(const std::string& account, base::Seconds at, std::int64_t messages) {
    auto& minutes = accounts_[account];
    const auto place = std::ranges::lower_bound(minutes, at / kMinute, {}, &Minute::minute);
    if (place != minutes.end() && place->minute == at / kMinute) place->messages += messages;
    else minutes.insert(place, {at / kMinute, messages});
}

std::int64_t Usage::used(const std::string& account, LimitState::Window window, base::Seconds now) const {
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? 0 : state_of(found->second, window, 0, now).used;
}

}  // namespace crmrelay::policy
