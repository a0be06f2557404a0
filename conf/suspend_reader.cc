// SPDX-License-Identifier: BSD-2-Clause
//
// Checks what is written, key by key.
#include "conf/suspend_reader.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::conf {

namespace {

constexpr std::int64_t kAfterMost = 100;
constexpr std::string_view kCounted[] = {"network", "tls", "certificate", "tenant", "dkim", "password"};

bool is_number(std::string_view text, std::uint64_t most) {
    const auto number = text.size() <= 3 ? base::parse_number(text) : std::nullopt;
    return number && *number <= most;
}

base::Result<std::string> parse_counted(std::string_view text) {
    if (std::ranges::find(kCounted, text) != std::end(kCounted)) return std::string(text);
    return base::Error{fmt::format("\"{}\" is nothing that counts; there are: {}", base::neuter(text, 64), fmt::join(kCounted, ", "))};
}

// "451 4.7.1": a temporary code and its enhanced code (RFC 3463), which must be of the same class.
base::Result<std::pair<int, std::string>> parse_reply(std::string_view text) {
    const auto parts = base::split(text, ' ');
    if (parts.size() == 2 && parts[0].size() == 3 && parts[0][0] == '4' && is_number(parts[0], 499)) {
        const auto enhanced = base::split(parts[1], '.');
        if (enhanced.size() == 3 && enhanced[0] == "4" && is_number(enhanced[1], 999) && is_number(enhanced[2], 999))
            return std::pair(static_cast<int>(*base::parse_number(parts[0])), fmt::format("{}.{}", enhanced[1], enhanced[2]));
    }
    return base::Error{fmt::format("reply is \"{}\"; write a temporary code and its enhanced code, such as \"451 4.7.1\"", base::neuter(text, 64))};
}

}  // namespace

Maybe<SuspendKeys> read_suspend(Table& table) {
    const auto value = table.take("suspend");
    if (!value) return std::nullopt;
    Given<SuspendKeys> out{{}, value->place(), true};
    if (!value->is_table()) {
        value->wrong_type("suspend", R"({ after = 3, count = ["network", "tls"], reply = "451 4.7.1" })");
        out.sound = false;
        return out;
    }
    Table inner(*value, "suspend");
    if (const auto after = inner.take("after")) {
        const auto number = after->want_number("after", 0, kAfterMost);
        if (number) out.value.after = static_cast<int>(*number);
        out.sound &= number.has_value();
    }
    if (const auto count = read_list<std::string>(inner, "count", R"(a list: ["network", "tls"])", parse_counted)) {
        out.sound &= count->sound;
        out.value.rest.count = {count->value.begin(), count->value.end()};
    }
    if (const auto reply = read_one<std::pair<int, std::string>>(inner, "reply", "\"451 4.7.1\"", parse_reply)) {
        out.sound &= reply->sound;
        if (reply->sound) std::tie(out.value.rest.code, out.value.rest.detail) = reply->value;
    }
    inner.finish();
    return out;
}

Maybe<base::TimeZone> read_timezone(Table& table) { return read_one<base::TimeZone>(table, "timezone", "\"Asia/Tokyo\"", base::TimeZone::find); }

}  // namespace crmrelay::conf
