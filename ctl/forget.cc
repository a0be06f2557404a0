// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl forget: removes one recipient from the store, and tells what was removed and what could not be.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;

bool waited(const store::Outgoing& report) { return report.state == store::Outgoing::State::pending; }

bool found_something(const store::Forgotten& gone) {
    return gone.messages + gone.recipients + gone.headers + gone.events + gone.mentions + gone.return_paths > 0 || !gone.reports.empty();
}

void print_json(const std::string& address, const store::Forgotten& gone) {
    Json reports = Json::array();
    for (const auto& report : gone.reports)
        reports.push_back({{"id", report.id}, {"kind", name_of(report.kind)}, {"state", name_of(report.state)}, {"domain", report.domain}, {"to", report.recipient}});
    const Json out = {{"address", address},     {"messages", gone.messages}, {"recipients", gone.recipients},     {"headers", gone.headers}, {"events", gone.events},
                      {"mentions", gone.mentions}, {"reports", reports},        {"return_paths_kept", gone.return_paths}, {"purged", gone.purged}, {"not_purged", gone.not_purged}};
    fmt::print("{}\n", out.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_text(const std::string& address, const store::Forgotten& gone) {
    if (!found_something(gone)) fmt::print("nothing is kept of {}\n", address);
    const std::pair<std::int64_t, const char*> lines[] = {
        {gone.messages, "records of messages that had no other recipient: removed"},
        {gone.recipients, "places among the recipients of other messages: removed"},
        {gone.headers, "kept header fields that named it: removed"},
        {gone.events, "events about it: removed"},
        {gone.mentions, "mentions in other texts: replaced"},
        {static_cast<std::int64_t>(gone.reports.size()), "reports (hand-backs, forwards, notices, webhooks): removed"},
    };
    for (const auto& [count, words] : lines)
        if (count > 0) fmt::print("{:>6}  {}\n", count, words);
    for (const auto& report : gone.reports)
        if (waited(report)) fmt::print("        never told: {} {} to {}\n", name_of(report.kind), report.id, base::neuter(report.recipient, 320));
    if (gone.return_paths > 0) fmt::print("{:>6}  return paths of the CRM that hold it: KEPT, messages to others need them until retain_days is over\n", gone.return_paths);
    if (gone.purged) fmt::print("Nothing of it is left in the store's files. Log files, backups and what the CRM and receivers were told are not the store's: see crmrelay(7).\n");
    else fmt::print("NOT purged: {}\n", gone.not_purged);
}

}  // namespace

int forget(const Arguments& arguments) {
    std::string address;
    Cli cli("forget", "Removes what is kept of one recipient: records, events, reports.");
    cli.positional("ADDRESS", address, "the recipient's mailbox", true).json();
    if (const auto status = cli.parse(arguments)) return *status;
    const auto at = address.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == address.size() || std::ranges::any_of(address, [](unsigned char c) { return c <= ' ' || c == 0x7f; })) {
        fmt::print(stderr, "crmrelayctl forget: \"{}\" is no mailbox; write one such as user@example.net\n", base::neuter(address, 320));
        return kUsage;
    }
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    const auto gone = open_store(*config).forget(address);
    if (cli.wants_json()) print_json(address, gone);
    else print_text(address, gone);
    return gone.purged ? kFine : kWrong;
}

}  // namespace crmrelay::ctl
