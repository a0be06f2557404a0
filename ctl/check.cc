// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl check: one line a finding, and what mends it.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <exception>
#include <iterator>
#include <optional>
#include <set>

#include "base/text.hh"
#include "conf/loader.hh"
#include "ctl/check_parts.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/process.hh"

namespace crmrelay::ctl {

namespace {

void add(Findings& to, Findings more) { std::move(more.begin(), more.end(), std::back_inserter(to)); }

Findings of_problems(const conf::Problems& problems) {
    Findings out;
    for (const auto& problem : problems) out.push_back({Level::fail, problem.message(), ""});
    return out;
}

// Without root, what other users would find cannot be known.
Findings of_users(const conf::Config& config) {
    if (::geteuid() == 0) return {};
    const auto& users = config.service.user;
    const passwd* const self = ::getpwuid(::geteuid());
    const std::string me = self ? self->pw_name : std::to_string(::geteuid());
    for (const auto& user : {users.policyd, users.milter, users.bounced})
        if (user != me) return {{Level::warn, fmt::format("secrets, store and sockets are judged for user {}, not for {}", me, user), "run this as root"}};
    return {};
}

// The daemons start as root and reload as their own users.
Findings of_readers(const conf::Config& config, const std::string& file) {
    Findings out;
    const auto& users = config.service.user;
    for (const auto& user : std::set<std::string>{users.policyd, users.milter, users.bounced})
        add(out, as_user(user, [&]() -> Findings {
                const auto loaded = conf::load(file);
                const auto* const problems = std::get_if<conf::Problems>(&loaded);
                if (!problems) return {};
                return {{Level::fail, fmt::format("a reload by user {} fails: {}", user, problems->front().message()), fmt::format("chmod a+r {}", problems->front().file)}};
            }));
    return out;
}

std::string ctl_command(const std::string& config_file) {
    return config_file == CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml" ? "crmrelayctl" : "crmrelayctl -c " + config_file;
}

Findings of_postfix(const conf::Config& config, const Postfix& postfix, const PostfixState& state, const std::string& mend) {
    auto out = check_lines(config, postfix, state, mend);
    add(out, check_rewriting(config, postfix, state));
    return out;
}

Findings look(const conf::Config& config, const std::string& file, const std::string& postfix_directory) {
    Findings out{{Level::ok, fmt::format("{}: {} domain{}", file, config.domains.size(), config.domains.size() == 1 ? "" : "s"), ""}};
    if (config.domains.empty())
        out.front() = {Level::warn, fmt::format("{}: no domain is configured, nothing is relayed", file), "add [domain.\"example.com\"]"};
    add(out, of_users(config));
    if (::geteuid() == 0) add(out, of_readers(config, file));
    add(out, check_secrets(config, ctl_command(file)));
    add(out, check_webhooks(config));
    add(out, check_store(config));
    add(out, check_dkim(config, ctl_command(file)));
    std::optional<PostfixState> state;
    const Postfix postfix(postfix_directory);
    if (!Postfix::installed()) {
        out.push_back({Level::warn, "Postfix is not looked at: postconf is not installed here", "apt-get install postfix"});
    } else {
        try {
            state = postfix.read();
        } catch (const std::exception& e) {
            out.push_back({Level::fail, e.what(), ""});
        }
    }
    add(out, check_sockets(config, state ? &*state : nullptr));
    if (state)
        add(out, of_postfix(config, postfix, *state,
                            ctl_command(file) + " postfix --apply" + (postfix_directory.empty() ? "" : " --postfix-config " + postfix_directory)));
    return out;
}

int print(const Findings& findings, bool json) {
    if (json) fmt::print("{}", json_of(findings));
    else
        for (const auto& finding : findings) fmt::print("{}\n", text_of(finding));
    return any_failed(findings) ? kWrong : kFine;
}

}  // namespace

int check(const Arguments& arguments) {
    std::string postfix_directory;
    Cli cli("check", "Checks configuration, secrets, store, sockets and Postfix, as the daemons would find them.");
    cli.json().value("--postfix-config", postfix_directory, "DIR: where Postfix's main.cf is");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto loaded = conf::load(cli.config_file());
    if (const auto* const problems = std::get_if<conf::Problems>(&loaded)) return print(of_problems(*problems), cli.wants_json());
    return print(look(std::get<conf::Config>(loaded), cli.config_file(), postfix_directory), cli.wants_json());
}

}  // namespace crmrelay::ctl
