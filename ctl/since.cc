// SPDX-License-Identifier: BSD-2-Clause
//
// Dates by <chrono>'s civil calendar: no time zone data base, no locale.
#include "ctl/since.hh"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

using base::Seconds;

constexpr std::uint64_t kMostUnits = 1'000'000;   // "1000000d" is long enough

// The number at text[at, at + count), all digits.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    const auto number = base::parse_number(text.substr(at, count));
    if (!number) return std::nullopt;
    return static_cast<unsigned>(*number);
}

std::optional<Seconds> date(std::string_view text) {
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day civil{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
    if (!civil.ok()) return std::nullopt;
    return Seconds{std::chrono::sys_days(civil).time_since_epoch().count()} * 86400;
}

// "Z" or "+09:00": seconds east of Greenwich.
std::optional<Seconds> offset(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const auto seconds = Seconds{*hours} * 3600 + Seconds{*minutes} * 60;
    return text[0] == '-' ? -seconds : seconds;
}

// RFC 3339 section 5.6; a fraction of a second is dropped.
std::optional<Seconds> date_time(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return std::nullopt;
    const auto day = date(text);
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    auto zone = text.substr(19);
    if (zone.starts_with('.')) {
        const auto end = zone.find_first_not_of("0123456789", 1);
        if (end == std::string_view::npos || end == 1) return std::nullopt;
        zone = zone.substr(end);
    }
    const auto east = offset(zone);
    if (!east) return std::nullopt;
    return *day + Seconds{*hour} * 3600 + Seconds{*minute} * 60 + Seconds{*second} - *east;
}

std::optional<Seconds> before(std::string_view text, Seconds now) {
    if (text.size() < 2) return std::nullopt;
    const auto number = base::parse_number(text.substr(0, text.size() - 1));
    if (!number || *number > kMostUnits) return std::nullopt;
    const auto count = static_cast<Seconds>(*number);
    switch (text.back()) {
        case 'm': return now - count * 60;
        case 'h': return now - count * 3600;
        case 'd': return now - count * 86400;
        default: return std::nullopt;
    }
}

}  // namespace

base::Result<Seconds> parse_since(std::string_view text, Seconds now) {
    if (const auto day = date(text); day && text.size() == 10) return *day;
    if (const auto moment = date_time(text)) return *moment;
    if (const auto moment = before(text, now)) return *moment;
    return base::Error{fmt::format("\"{}\" is no time: write 2026-11-23, 2026-11-23T12:35:58Z, 90m, 24h or 7d", base::neuter(text, 64))};
}

}  // namespace crmrelay::ctl
