// SPDX-License-Identifier: BSD-2-Clause
//
// Five characters are escaped, which is enough for content and quoted attributes alike.
#include "ctl/markup.hh"

#include <fmt/format.h>

#include "base/text.hh"

namespace crmrelay::ctl {

std::string escaped(std::string_view text, std::size_t cap) {
    std::string out;
    for (const char c : base::neuter(text, cap)) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string grouped(std::int64_t number) {
    auto out = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (auto at = out.size(); at > first + 3; at -= 3) out.insert(at - 3, 1, ',');
    return out;
}

std::string compact(std::int64_t number) {
    constexpr std::pair<std::int64_t, const char*> kUnits[] = {{1'000'000'000, "G"}, {1'000'000, "M"}, {1'000, "k"}};
    for (const auto& [unit, name] : kUnits)
        if (number >= unit) {
            const auto tenths = number / (unit / 10);
            return tenths % 10 == 0 ? fmt::format("{}{}", tenths / 10, name) : fmt::format("{}.{}{}", tenths / 10, tenths % 10, name);
        }
    return std::to_string(number);
}

}  // namespace crmrelay::ctl
