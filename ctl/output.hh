// SPDX-License-Identifier: BSD-2-Clause
//
// What reaches a terminal or a file: tables with aligned columns, CSV (RFC 4180), findings. Every value is neutered here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

using Row = std::vector<std::string>;

// Rows below their heading, two spaces between columns, the last column as long as it is.
std::string table(const Row& heading, const std::vector<Row>& rows);

// Lines "name  value", the values aligned; a name that is empty continues the value above it.
std::string pairs(const std::vector<std::pair<std::string, std::string>>& lines, std::size_t indent = 0);

// One CSV line with CRLF: every value in quotes; what a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_line(const Row& values);

// "2026-11-23 12:35:58Z", or "never" for 0.
std::string shown_time(std::int64_t time);

enum class Level { ok, warn, fail };

// One line of a check: what was found, and what mends it (a command, or words).
struct Finding {
    Level level = Level::ok;
    std::string what;
    std::string mend;
    std::string domain = {};   // the one that it is about, where it is about one
    std::string check = {};    // doctor's name of the check
};

using Findings = std::vector<Finding>;

std::string_view name_of(Level level);                // "ok", "warn", "FAIL"
std::string text_of(const Finding& finding);          // "FAIL  what  → mend"
std::string json_of(const Findings& findings);
bool any_failed(const Findings& findings);

}  // namespace crmrelay::ctl
