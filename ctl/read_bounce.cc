// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl read-bounce: what crmrelay makes of messages that came back, from files (a message or an mbox each). Stores nothing and needs no
// configuration.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>

#include "base/text.hh"
#include "bounce/mbox.hh"
#include "bounce/reading.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/output.hh"
#include "ctl/reading_json.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 30;   // octets of one file

std::optional<std::string> slurp(std::istream& in) {
    std::string text;
    char piece[1 << 16];
    while (in.read(piece, sizeof piece) || in.gcount() > 0) {
        if (text.size() + static_cast<std::size_t>(in.gcount()) > kMaxFile) return std::nullopt;
        text.append(piece, static_cast<std::size_t>(in.gcount()));
    }
    return text;
}

// Nothing, told on stderr, where the file cannot be read.
std::optional<std::string> read_file(const std::string& name) {
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    auto text = name == "-" ? slurp(std::cin) : file ? slurp(file) : std::optional<std::string>{};
    if (!text || (name != "-" && file.bad())) {
        fmt::print(stderr, "crmrelayctl read-bounce: {} cannot be read, or holds more than {} octets\n", base::neuter(name), kMaxFile);
        return std::nullopt;
    }
    return text;
}

std::string shown_action(const bounce::Result& result) {
    return result.action == bounce::Action::unknown ? std::string() : std::string(bounce::name_of(result.action));
}

void print_result(const bounce::Result& result) {
    const auto& judgement = result.judgement;
    fmt::print("{}", pairs({{"recipient", result.recipient.empty() ? "not named" : result.recipient},
                            {"action", shown_action(result)},
                            {"status", result.status},
                            {"reply code", result.code > 0 ? std::to_string(result.code) : ""},
                            {"diagnostic", result.diagnostic},
                            {"remote MTA", result.remote_mta},
                            {"reporting MTA", result.reporting_mta},
                            {"date", result.date},
                            {"reason", fmt::format("{} (class {}, fault {})", bounce::name_of(judgement.reason), judgement.verdict, judgement.fault)},
                            {"rule", judgement.rule.empty() ? "none" : fmt::format("{} (sure: {})", judgement.rule, judgement.sure)}},
                           2));
}

void print_readings(const std::string& file, const std::vector<bounce::Reading>& readings) {
    for (std::size_t number = 0; number < readings.size(); ++number) {
        const auto& reading = readings[number];
        const auto place = readings.size() > 1 ? fmt::format(", message {}", number + 1) : std::string();
        fmt::print("{}{}: {}{}\n", base::neuter(file, 4'096), place, bounce::name_of(reading.kind),
                   reading.kind == bounce::ReadingKind::none ? ", nothing that came back" : fmt::format(", read by {}", reading.reader));
        if (!reading.message_id.empty()) fmt::print("  original message <{}>\n", base::neuter(reading.message_id, 1'024));
        for (const auto& result : reading.results) print_result(result);
    }
}

}  // namespace

int read_bounce(const Arguments& arguments) {
    std::vector<std::string> files;
    Cli cli("read-bounce", "Tells what crmrelay makes of messages that came back, without storing it.");
    cli.json().files(files, "FILE...: a message or an mbox each; - for standard input");
    if (const auto status = cli.parse(arguments)) return *status;

    bool failed = false;
    for (const auto& file : files) {
        const auto text = read_file(file);
        failed = failed || !text;
        if (!text) continue;
        std::vector<bounce::Reading> readings;
        for (const auto message : bounce::split_mbox(*text)) readings.push_back(bounce::read_bounce(message));
        if (cli.wants_json()) fmt::print("{}", json_line(file, readings));
        else print_readings(file, readings);
    }
    return failed ? kWrong : kFine;
}

}  // namespace crmrelay::ctl
