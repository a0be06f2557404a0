// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl store copy: moves an installation to another store while it serves. Says what the next step is, and never changes the configuration.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/clock.hh"
#include "ctl/cli.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/since.hh"
#include "store/copy.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kMargin = 3600;   // clocks of several servers, and writes that were under way

void print_next_step(const store::CopyPlan& plan, base::Seconds began) {
    if (plan.last) {
        fmt::print("All is in {} now. {} is not used any more.\n", plan.to, plan.from);
        return;
    }
    fmt::print("\nNothing was taken out of {}, and what is still to be told is told from there. To switch:\n"
               "  1. on every server set `store = \"{}\"` and restart crmrelay-policyd and crmrelay-bounced\n"
               "  2. crmrelayctl store copy --last --since {} {} {}\n"
               "Step 2 brings what was written since, and what is still to be told; until then a bounce of a message of the last minutes waits in Postfix's queue\n"
               "where it names no message of the new store: keep the time between the two steps short.\n",
               plan.from, plan.to, base::rfc3339(began - kMargin), plan.from, plan.to);
}

}  // namespace

int store_command(const Arguments& arguments) {
    std::string action, since;
    store::CopyPlan plan;
    Cli cli("store", "Copies a store into another one (copy FROM TO), while daemons write either; may be repeated.");
    cli.json().choice("ACTION", action, {"copy"}, "copy").positional("FROM", plan.from, "the store that is there, by its URL", true).positional("TO", plan.to, "the new one, by its URL", true);
    cli.value("--since", since, "only what was written since then: 2026-11-25T08:00:00Z, or 2h; what was before must be there");
    cli.flag("--last", plan.last, "no daemon writes FROM any more: what is still to be told is moved as well");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    const auto began = base::now();
    if (!since.empty()) {
        const auto parsed = parse_since(since, began);
        if (!parsed) {
            fmt::print(stderr, "{}\n", parsed.error());
            return kUsage;
        }
        plan.since = *parsed;
    }
    plan.from_options = plan.to_options = {config->service.server, config->service.store_password, config->service.takeover_after};
    const bool shown = ::isatty(STDERR_FILENO) == 1;
    const auto copied = store::copy_store(plan, [shown](const store::CopiedTable& table) {
        if (shown) fmt::print(stderr, "\r{}: {} ", table.name, table.read);
    });
    if (shown) fmt::print(stderr, "\n");
    if (cli.wants_json()) {
        for (const auto& table : copied) fmt::print("{}\n", nlohmann::json{{"table", table.name}, {"read", table.read}, {"added", table.added}}.dump());
        return kFine;
    }
    for (const auto& table : copied) fmt::print("{:<17} {:>10} read, {:>10} new\n", table.name, table.read, table.added);
    print_next_step(plan, began);
    return kFine;
}

}  // namespace crmrelay::ctl
