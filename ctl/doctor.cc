// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl doctor: the troubleshooting guide as a program. All that check says, then what only shows from outside (ports, DNS) and over time (the store).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "conf/loader.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/open.hh"
#include "ctl/prompt.hh"
#include "policy/password.hh"

namespace crmrelay::ctl {

namespace {

struct Options {
    std::string only, language, postfix_directory, login, hand_back;
    bool round_trip = false;
};

// Prints each finding when it is there: some take their time.
class Printer {
public:
    explicit Printer(bool json) : json_(json) {}

    void operator()(const Finding& finding) {
        failed_ |= finding.level == Level::fail;
        if (json_) {
            nlohmann::ordered_json line{{"check", finding.check}, {"state", name_of(finding.level)}};
            if (!finding.domain.empty()) line["domain"] = finding.domain;
            line["text"] = finding.what;
            line["mend"] = finding.mend;
            fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        } else {
            fmt::print("{}\n", text_of(finding));
        }
        std::fflush(stdout);
    }
    int status() const { return failed_ ? kWrong : kFine; }

private:
    bool json_, failed_ = false;
};

std::unique_ptr<store::Store> store_of(const conf::Config& config) {
    try {
        return std::unique_ptr<store::Store>(new store::Store(open_store(config)));
    } catch (const std::exception&) {
        return nullptr;   // check's own line says why
    }
}

// The rounds, in the order of the guide: what is there, who may come in, what the world sees, how it went lately.
void examine(const Scene& scene, const Options& options, const AskedLogin* asked, Printer& print) {
    const auto& config = scene.config;
    const auto say = [&](const char* check, Findings findings) {
        for (auto& finding : findings) {
            if (finding.check.empty()) finding.check = check;
            const bool elsewhere = !options.only.empty() && !finding.domain.empty() && finding.domain != options.only;
            if (!elsewhere) print(finding);
        }
    };
    say("", check_installation(scene));
    const auto store = store_of(config);
    Examination about{scene, store.get(), {}, base::now()};
    for (const auto& domain : config.domains)
        if (options.only.empty() || domain.name == options.only) about.domains.push_back(&domain);
    say("postfix", doctor_postfix(about));
    say("service", doctor_service(about, asked));
    say("logins", doctor_logins(about));
    say("networks", doctor_networks(about));
    say("dns", doctor_dns(about));
    say("clock", doctor_clock(about));
    say("disk", doctor_disk(about));
    say("outbox", doctor_outbox(about));
    say("standing", doctor_standings(about));
    say("from-domains", doctor_strangers(about));
    if (options.round_trip) doctor_round_trip(about, options.hand_back, [&](const Finding& finding) { print(finding); });
}

}  // namespace

int doctor(const Arguments& arguments) {
    Options options;
    Cli cli("doctor", "Looks for everything that keeps a CRM's mail from leaving or its bounces from coming home: one line a check, and the command that mends it.");
    cli.json().positional("DOMAIN", options.only, "only this one, where a check is about domains", false);
    cli.flag("--round-trip", options.round_trip, "sends a probe that must fail, and follows its bounce home");
    cli.value("--hand-back-to", options.hand_back, "ADDRESS: who gets the probe's hand-back; else the domain's first administrator");
    cli.value("--verify-login", options.login, "LOGIN: asks for its password on the terminal, and logs in with it");
    cli.value("--language", options.language, "en or ja; else the environment's, and en for --json");
    cli.value("--postfix-config", options.postfix_directory, "DIR: where Postfix's main.cf is");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto wrong = [](const char* words) {
        fmt::print(stderr, "crmrelayctl doctor: {}\n", words);
        return kUsage;
    };
    if (options.language.empty()) options.language = cli.wants_json() ? "en" : base::language_of_environment();
    if (std::ranges::find(base::languages(), options.language) == base::languages().end()) return wrong("--language: en or ja");
    std::optional<AskedLogin> asked;
    if (!options.login.empty()) {
        if (::isatty(STDIN_FILENO) == 0) return wrong("--verify-login asks for the password on a terminal, and there is none");
        auto password = read_password(policy::kPasswordCap);
        if (!password) return wrong("no password was given");
        asked = AskedLogin{options.login, std::move(*password)};
    }
    std::signal(SIGPIPE, SIG_IGN);   // a server that hangs up is a finding
    const Words tr(options.language);
    Printer print(cli.wants_json());
    const auto loaded = conf::load(cli.config_file());
    if (const auto* const problems = std::get_if<conf::Problems>(&loaded)) {
        for (auto finding : findings_of(*problems)) {
            finding.check = "configuration";
            print(finding);
        }
        return print.status();
    }
    const auto& config = std::get<conf::Config>(loaded);
    options.only = base::lower(options.only);
    if (!options.only.empty() && !is_domain(config, options.only)) return kUsage;
    examine(look_around(config, cli.config_file(), options.postfix_directory, tr), options, asked ? &*asked : nullptr, print);
    return print.status();
}

}  // namespace crmrelay::ctl
