// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl bounces: lists what failed, newest first; as a table, as CSV or as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/event_json.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/since.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kMostEvents = 1000000;

void print_table(const std::vector<store::Event>& events, bool all) {
    Row heading{"TIME", "DOMAIN", "RECIPIENT", "STATUS", "DIAGNOSTIC"};
    if (all) heading.insert(heading.begin() + 1, "TYPE");
    std::vector<Row> rows;
    for (const auto& event : events) {
        rows.push_back({shown_time(event.time), event.domain, event.recipient, event.status, base::neuter(event.diagnostic, 160)});
        if (all) rows.back().insert(rows.back().begin() + 1, event.type);
    }
    fmt::print("{}", table(heading, rows));
}

void print_csv(const std::vector<store::Event>& events) {
    fmt::print("{}", csv_line({"time", "type", "domain", "recipient", "status", "action", "diagnostic", "matched_by", "token", "id"}));
    for (const auto& event : events)
        fmt::print("{}", csv_line({base::rfc3339(event.time), event.type, event.domain, event.recipient, event.status, event.action, event.diagnostic,
                                   event.matched_by, event.token, event.id}));
}

}  // namespace

int bounces(const Arguments& arguments) {
    std::string domain, since;
    bool csv = false, all = false;
    int limit = 1000;
    Cli cli("bounces", "Lists failures, newest first.");
    cli.json()
        .value("--domain", domain, "D: only this domain's")
        .value("--since", since, "T: 2026-11-23, RFC 3339, 24h or 7d")
        .flag("--csv", csv, "for a spreadsheet");
    cli.flag("--all", all, "delays and deliveries, too").number("--limit", limit, 1, kMostEvents, "at most so many").not_both("--csv", "--json");
    if (const auto status = cli.parse(arguments)) return *status;

    store::Store::EventQuery query;
    if (!since.empty()) {
        const auto from = parse_since(since, base::now());
        if (!from) {
            fmt::print(stderr, "crmrelayctl bounces: --since: {}\n", from.error());
            return kUsage;
        }
        query.since = *from;
    }
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    if (!domain.empty()) {
        query.domain = base::lower(domain);
        if (!is_domain(*config, *query.domain)) return kWrong;
    }
    if (!all) query.type = "bounce";
    query.limit = limit;

    const auto events = open_store(*config).events(query);
    if (cli.wants_json()) fmt::print("{}", json_of(events));
    else if (csv) print_csv(events);
    else if (events.empty()) fmt::print("none\n");
    else print_table(events, all);
    if (events.size() == static_cast<std::size_t>(limit))
        fmt::print(stderr, "These are {}; there may be more: --limit {}\n", limit, std::min(limit * 10, kMostEvents));
    return kFine;
}

}  // namespace crmrelay::ctl
