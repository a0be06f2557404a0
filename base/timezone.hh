// SPDX-License-Identifier: BSD-2-Clause
//
// Calendar days of a time zone, by the system's tzdata (IANA names, "Asia/Tokyo"), daylight saving included. Thread-safe; it never looks at TZ.
// Transitions are known as far as the files of /usr/share/zoneinfo list them: Debian's do until 2037.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace date {
class time_zone;
}

namespace crmrelay::base {

using Day = std::int32_t;   // a calendar day, counted from 1970-01-01

class TimeZone {
public:
    TimeZone() = default;   // UTC

    // The error names what is wrong with `name`.
    static Result<TimeZone> find(std::string_view name);

    std::string name() const;
    Day day_of(Seconds time) const;
    // The first second of a day: the change itself where daylight saving swallows midnight, the earlier of two midnights.
    Seconds begin_of(Day day) const;
    // The midnight at which the day of `time` ends.
    Seconds next_midnight(Seconds time) const { return begin_of(day_of(time) + 1); }
    std::string rfc3339(Seconds time) const;   // "2026-11-25T00:00:00+09:00"

private:
    const date::time_zone* zone_ = nullptr;   // of the database that the process keeps; nullptr: UTC
};

}  // namespace crmrelay::base
