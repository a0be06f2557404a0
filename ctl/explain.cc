// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl explain: what would be decided about given facts, or why something was refused and what to do about it.
#include "ctl/explain.hh"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/text.hh"
#include "conf/loader.hh"
#include "ctl/advice.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/log_line.hh"
#include "ctl/open.hh"

namespace crmrelay::ctl {

namespace {

int usage(const std::string& words) {
    fmt::print(stderr, "crmrelayctl explain: {}\n", base::neuter(words));
    return kUsage;
}

int about_facts(const std::string& config_file, const GivenFacts& given, bool json) {
    auto config = open_config(config_file);
    if (!config) return kWrong;
    const auto explained = explain_facts(std::move(*config), given, json);
    if (!explained) return usage(explained.error());
    if (!explained->relayed && !explained->reason.empty() && !json) fmt::print("\nWhat to do: {}\n", Mending(config_file, "").ctl("explain " + explained->reason));
    return explained->relayed ? kFine : kWrong;
}

// What a reason means can be said without a configuration, which may be what is broken.
int about_refusal(const std::string& config_file, const std::string& asked, const base::Translation& tr, bool json) {
    const Mending mend(config_file, "");
    if (!reason_of_word(asked).empty() || !read_log_line(asked).reason.empty()) {
        const auto loaded = conf::load(config_file);
        return explain_refusal(std::get_if<conf::Config>(&loaded), asked, mend, tr, json);
    }
    if (!is_queue_id(asked))
        return usage(fmt::format("\"{}\" is no reason, no queue id, and no line with a reason; reasons are in brackets, [crmrelay:network]", asked));
    const auto config = open_config(config_file);
    return config ? explain_refusal(&*config, asked, mend, tr, json) : kWrong;
}

}  // namespace

int explain(const Arguments& arguments) {
    GivenFacts given;
    std::vector<std::string> words;
    std::string reason, language;
    Cli cli("explain", "Tells why something was refused and what to do, by a reason, a queue id, or a pasted line; or what would be decided about given facts.");
    cli.json().words("WHAT", words, "a reason (network), a queue id, or a line of a log or an SMTP reply, in quotes");
    cli.value("--reason", reason, "REASON: as in brackets, [crmrelay:REASON]")
        .value("--language", language, "en or ja; else the environment's")
        .value("--client", given.client, "IP: the CRM server's address")
        .value("--login", given.login, "L: the SASL user name")
        .value("--from", given.from, "ADDR: the address in From")
        .flag("--tls", given.tls, "the session is encrypted")
        .value("--cert", given.certificate, "FP: the client certificate's SHA-256 fingerprint, or subject:NAME for a verified one")
        .value("--tenant", given.tenant, "VALUE: what the tenant header says")
        .value("--dkim", given.dkim, "DOMAIN: the message has a valid DKIM signature of this domain")
        .value("--message", given.file, "FILE: a message, whose From fields count");
    if (const auto status = cli.parse(arguments)) return *status;

    std::string asked = reason;
    for (const auto& word : words) asked += (asked.empty() ? "" : " ") + word;
    const bool facts = !given.client.empty() || !given.from.empty() || !given.file.empty();
    if (facts == !asked.empty()) return usage("give either what was refused (a reason, a queue id, a line), or facts (--client and --from)");
    if (!reason.empty() && (!words.empty() || !advice_on(reason))) {
        std::string all;
        for (const auto& advice : all_advice()) all.append(all.empty() ? "" : " ").append(advice.reason);
        return usage(fmt::format("--reason {}: it is one of {}", asked, all));
    }
    if (!language.empty() && !std::ranges::count(base::languages(), language)) return usage(fmt::format("--language {}: it is en or ja", language));
    if (!facts) {
        // JSON is for programs: in English unless asked otherwise.
        const auto spoken = !language.empty() ? language : cli.wants_json() ? std::string("en") : base::language_of_environment();
        return about_refusal(cli.config_file(), asked, base::Translation(spoken), cli.wants_json());
    }
    if (given.client.empty()) return usage("--client is needed: the CRM server's address");
    if (given.from.empty() == given.file.empty()) return usage("either --from or --message is needed");
    return about_facts(cli.config_file(), given, cli.wants_json());
}

}  // namespace crmrelay::ctl
