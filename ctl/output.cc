// SPDX-License-Identifier: BSD-2-Clause
//
// Formats tables, CSV and findings.
#include "ctl/output.hh"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.hh"
#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kCellCap = 512;
constexpr std::size_t kFindingCap = 1000;

// Columns of a terminal, nearly: one for each UTF-8 sequence.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t to) {
    const auto has = width(text);
    if (has < to) text.append(to - has, ' ');
    return text;
}

}  // namespace

std::string_view name_of(Level level) {
    switch (level) {
        case Level::ok: return "ok";
        case Level::warn: return "warn";
        case Level::fail: return "FAIL";
    }
    return {};
}

std::string table(const Row& heading, const std::vector<Row>& rows) {
    std::vector<Row> cells{heading};
    for (const auto& row : rows) cells.push_back(row);
    std::vector<std::size_t> widths(heading.size());
    for (auto& row : cells)
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = row[i].empty() ? "-" : base::neuter(row[i], kCellCap);
            widths[i] = std::max(widths[i], width(row[i]));
        }
    std::string out;
    for (auto& row : cells) {
        for (std::size_t i = 0; i < row.size(); ++i) out += i + 1 == row.size() ? row[i] : padded(std::move(row[i]), widths[i] + 2);
        out += '\n';
    }
    return out;
}

std::string pairs(const std::vector<std::pair<std::string, std::string>>& lines, std::size_t indent) {
    std::size_t widest = 0;
    for (const auto& line : lines) widest = std::max(widest, width(line.first));
    std::string out;
    for (const auto& [name, value] : lines) {
        out.append(indent, ' ');
        out += padded(base::neuter(name, 64), widest + 2) + base::neuter(value, kFindingCap) + '\n';
    }
    return out;
}

std::string csv_line(const Row& values) {
    std::string out;
    for (const auto& value : values) {
        if (!out.empty()) out += ',';
        out += '"';
        const auto text = base::neuter(value, kFindingCap);
        const auto first = text.find_first_not_of(' ');
        if (first != std::string::npos && std::string_view("=+-@|%").find(text[first]) != std::string_view::npos) out += '\'';
        for (const char c : text) {
            if (c == '"') out += '"';
            out += c;
        }
        out += '"';
    }
    return out + "\r\n";
}

std::string shown_time(std::int64_t time) {
    if (time == 0) return "never";
    auto out = base::rfc3339(time);
    if (const auto t = out.find('T'); t != std::string::npos) out[t] = ' ';
    return out;
}

std::string text_of(const Finding& finding) {
    auto out = fmt::format("{:<4}  {}", name_of(finding.level), base::neuter(finding.what, kFindingCap));
    if (!finding.mend.empty()) out += "  → " + base::neuter(finding.mend, kFindingCap);
    return out;
}

std::string json_of(const Findings& findings) {
    auto out = nlohmann::json::array();
    for (const auto& finding : findings) out.push_back({{"level", name_of(finding.level)}, {"what", finding.what}, {"mend", finding.mend}});
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool any_failed(const Findings& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.level == Level::fail; });
}

}  // namespace crmrelay::ctl
