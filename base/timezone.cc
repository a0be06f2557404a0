// SPDX-License-Identifier: BSD-2-Clause
//
// Howard Hinnant's date library over the system's tzdata: GCC 12 has no time zones in <chrono>.
#include "base/timezone.hh"

#define USE_OS_TZDB 1
#include <date/tz.h>
#include <fmt/format.h>

#include <chrono>

#include "base/text.hh"

namespace crmrelay::base {

namespace {

constexpr Seconds kDay = 86400;

date::sys_seconds moment(Seconds time) { return date::sys_seconds(std::chrono::seconds(time)); }

Seconds offset_at(const date::time_zone* zone, Seconds time) { return zone ? zone->get_info(moment(time)).offset.count() : 0; }

Seconds floor_day(Seconds time) { return (time >= 0 ? time : time - kDay + 1) / kDay; }

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    TimeZone out;
    if (name == "UTC") return out;
    try {
        out.zone_ = date::locate_zone(std::string(name));
        offset_at(out.zone_, 0);   // the file itself is read here
    } catch (const std::exception&) {
        return Error{fmt::format("\"{}\" is no time zone of this system's tzdata; write a name such as \"Asia/Tokyo\" or \"UTC\" (timedatectl list-timezones)", neuter(name, 64))};
    }
    return out;
}

std::string TimeZone::name() const { return zone_ ? zone_->name() : "UTC"; }

Day TimeZone::day_of(Seconds time) const { return static_cast<Day>(floor_day(time + offset_at(zone_, time))); }

Seconds TimeZone::begin_of(Day day) const {
    if (!zone_) return Seconds{day} * kDay;
    const date::local_seconds local(std::chrono::seconds(Seconds{day} * kDay));
    return zone_->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::string TimeZone::rfc3339(Seconds time) const {
    const auto offset = offset_at(zone_, time);
    auto out = base::rfc3339(time + offset);
    if (!zone_) return out;
    out.pop_back();
    const auto minutes = (offset < 0 ? -offset : offset) / 60;
    return out + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace crmrelay::base
