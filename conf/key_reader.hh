// SPDX-License-Identifier: BSD-2-Clause
//
// A key's value by a parser of text: one string, or a list of strings. What a parser minds becomes a problem at its place, and the key
// counts as not sound: what rests on it is not reported again.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/table.hh"

namespace crmrelay::conf {

template <typename T>
struct Given {
    T value{};
    Place place;
    bool sound = true;   // false: a problem was reported, and the value is not the whole of what was meant
};

template <typename T>
using Maybe = std::optional<Given<T>>;

// A list of strings, each read by `parse(text)`, which gives a base::Result<T>.
template <typename T, typename Parse>
Maybe<std::vector<T>> read_list(Table& table, std::string_view key, std::string_view wanted, Parse parse) {
    const auto value = table.take(key);
    if (!value) return std::nullopt;
    Given<std::vector<T>> out{{}, value->place(), true};
    const bool list = value->want_list(key, wanted, [&](const Value& element) {
        const auto text = element.want_text(fmt::format("an entry of {}", key), "a string in quotes");
        if (!text) {
            out.sound = false;
            return;
        }
        base::Result<T> parsed = parse(*text);
        if (parsed) return out.value.push_back(std::move(*parsed));
        out.sound = false;
        element.problem(fmt::format("{}: {}", key, parsed.error()));
    });
    out.sound &= list;
    return out;
}

// A string, read by `parse`. Its errors get the key in front unless they begin with it.
template <typename T, typename Parse>
Maybe<T> read_one(Table& table, std::string_view key, std::string_view wanted, Parse parse) {
    const auto value = table.take(key);
    if (!value) return std::nullopt;
    Given<T> out{{}, value->place(), false};
    const auto text = value->want_text(key, wanted);
    if (!text) return out;
    base::Result<T> parsed = parse(*text);
    out.sound = parsed.ok();
    if (parsed) out.value = std::move(*parsed);
    else value->problem(parsed.error().starts_with(key) ? parsed.error() : fmt::format("{}: {}", key, parsed.error()));
    return out;
}

}  // namespace crmrelay::conf
