// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl report: a domain's figures since some time, as one page with plots, as JSON, or both. It reads the store beside the daemons and changes nothing.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "base/translation.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/replace_file.hh"
#include "ctl/report_figures.hh"
#include "ctl/report_page.hh"
#include "ctl/since.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kDay = 86400;
constexpr base::Day kUsualDays = 30;
constexpr mode_t kPageMode = 0640;    // it names recipients
constexpr std::size_t kDate = 10;     // octets of "2026-11-23"

int usage(const std::string& words) {
    fmt::print(stderr, "crmrelayctl report: {}\n", words);
    return kUsage;
}

// A bare date is that day in the domain's zone. What lies before all that is kept begins there.
base::Result<base::Seconds> begin_of(const std::string& since, const conf::Domain& domain, int retain_days, base::Seconds now) {
    const auto& zone = domain.timezone;
    auto from = zone.begin_of(zone.day_of(now) - kUsualDays + 1);
    if (!since.empty()) {
        const auto given = parse_since(since, now);
        if (!given) return base::Error{given.error()};
        from = since.size() == kDate && since[4] == '-' ? zone.begin_of(static_cast<base::Day>(*given / kDay)) : *given;
        if (from > now) return base::Error{fmt::format("\"{}\" has not come yet", base::neuter(since, 64))};
    }
    const auto oldest = zone.begin_of(zone.day_of(now) - retain_days);
    if (from < oldest && !since.empty()) fmt::print(stderr, "Records are kept for {} days (retain_days): this begins at {}\n", retain_days, zone.rfc3339(oldest));
    return std::max(from, oldest);
}

}  // namespace

int report(const Arguments& arguments) {
    std::string name, file, since, language;
    Cli cli("report", "Writes one page with a domain's figures and plots: what was relayed, refused, bounced and suspended, and what is still to be told. With --json the same figures for programs.");
    cli.json().positional("DOMAIN", name, "the domain", true).value("--html", file, "FILE: where the page goes; - is standard output");
    cli.value("--since", since, "T: 2026-11-23, RFC 3339, 24h or 7d; 30 days unless given").value("--language", language, "en or ja; the domain's language unless given");
    if (const auto status = cli.parse(arguments)) return *status;
    if (file.empty() && !cli.wants_json()) return usage("what shall it write? --html FILE, --json, or both");
    if (file == "-" && cli.wants_json()) return usage("--html - and --json both write to standard output: name a file for the page");
    const auto& known = base::languages();
    if (!language.empty() && std::ranges::find(known, language) == known.end()) return usage(fmt::format("--language is \"{}\"; there are en and ja", base::neuter(language, 64)));

    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    name = base::lower(name);
    if (!is_domain(*config, name)) return kWrong;
    const auto& domain = config->domains[config->by_name.at(name)];
    const auto now = base::now();
    const auto from = begin_of(since, domain, config->service.retain_days, now);
    if (!from) return usage("--since: " + from.error());

    auto store = open_store(*config);
    const auto figures = figures_of(store, domain, config->service.retain_days, *from, now);
    if (!file.empty()) {
        const auto page = page_of(figures, base::Translation(language.empty() ? domain.language : language));
        if (file == "-") fmt::print("{}", page);
        else replace_file(file, page, {kPageMode, {}, {}});
    }
    if (cli.wants_json()) fmt::print("{}", json_of(figures));
    return kFine;
}

}  // namespace crmrelay::ctl
