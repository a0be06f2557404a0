// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the system clock and prints times.
#include "base/clock.hh"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace crmrelay::base {

namespace {

std::tm utc(Seconds time) {
    const std::time_t t = time;
    std::tm parts{};
    gmtime_r(&t, &parts);
    return parts;
}

Seconds offset_of_environment() {
    const char* const value = std::getenv("CRMRELAY_CLOCK_OFFSET");   // NOLINT: nothing here changes the environment
    const std::string_view text = value ? value : "";
    Seconds offset = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), offset);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? offset : 0;
}

}  // namespace

Seconds clock_offset() {
    static const Seconds offset = offset_of_environment();
    return offset;
}

Seconds now() { return std::time(nullptr) + clock_offset(); }

std::string rfc3339(Seconds time) {
    const auto t = utc(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

std::optional<Seconds> from_rfc3339(std::string_view text) {
    std::tm parts{};
    const std::string whole(text);
    const char* const end = strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (!end || *end != '\0') return std::nullopt;
    return timegm(&parts);
}

std::string rfc5322_date(Seconds time) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto t = utc(time);
    return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", kDays[t.tm_wday], t.tm_mday, kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour,
                       t.tm_min, t.tm_sec);
}

}  // namespace crmrelay::base
