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

// Without root, what other users would find cannot be known.
Findings of_users(const Scene& scene) {
    if (::geteuid() == 0) return {};
    const auto& users = scene.config.service.user;
    const passwd* const self = ::getpwuid(::geteuid());
    const std::string me = self ? self->pw_name : std::to_string(::geteuid());
    for (const auto& user : {users.policyd, users.milter, users.bounced})
        if (user != me)
            return {{Level::warn, scene.tr("secrets, store and sockets are judged for user {me}, not for {user}", "me"_a = me, "user"_a = user), scene.tr("run this as root")}};
    return {};
}

// The daemons start as root and reload as their own users.
Findings of_readers(const Scene& scene) {
    Findings out;
    const auto& users = scene.config.service.user;
    for (const auto& user : std::set<std::string>{users.policyd, users.milter, users.bounced})
        add(out, as_user(user, [&]() -> Findings {
                const auto loaded = conf::load(scene.file);
                const auto* const problems = std::get_if<conf::Problems>(&loaded);
                if (!problems) return {};
                return {{Level::fail, scene.tr("a reload by user {user} fails: {error}", "user"_a = user, "error"_a = problems->front().message()),
                         "chmod a+r " + shell_word(problems->front().file)}};
            }));
    return out;
}

Finding of_domains(const Scene& scene) {
    const auto count = static_cast<long>(scene.config.domains.size());
    const auto file = "file"_a = scene.file;
    if (count == 0) return {Level::warn, scene.tr("{file}: no domain is configured, nothing is relayed", file), scene.tr("add {line}", "line"_a = "[domain.\"example.com\"]")};
    return {Level::ok, scene.tr.plural("{file}: {count} domain", "{file}: {count} domains", count, file), ""};
}

int print(const Findings& findings, bool json) {
    if (json) fmt::print("{}", json_of(findings));
    else
        for (const auto& finding : findings) fmt::print("{}\n", text_of(finding));
    return any_failed(findings) ? kWrong : kFine;
}

}  // namespace

Findings findings_of(const conf::Problems& problems) {
    Findings out;
    for (const auto& problem : problems) out.push_back({Level::fail, problem.message(), ""});
    return out;
}

Scene look_around(const conf::Config& config, const std::string& file, const std::string& postfix_directory, const Words& tr) {
    Scene out{config, file, Postfix(postfix_directory), std::nullopt, Mending(file, postfix_directory), tr};
    if (!Postfix::installed()) {
        out.of_state = {{Level::warn, tr("Postfix is not looked at: postconf is not installed here"), "apt-get install postfix"}};
        return out;
    }
    try {
        out.state = out.postfix.read();
    } catch (const std::exception& e) {
        out.of_state = {{Level::fail, e.what(), ""}};
    }
    return out;
}

Findings check_installation(const Scene& scene) {
    Findings out;
    const auto tagged = [&](const char* check, Findings findings) {
        for (auto& finding : findings) finding.check = check;
        add(out, std::move(findings));
    };
    tagged("configuration", {of_domains(scene)});
    tagged("configuration", of_users(scene));
    if (::geteuid() == 0) tagged("configuration", of_readers(scene));
    tagged("secrets", check_secrets(scene));
    tagged("webhook", check_webhooks(scene));
    tagged("store", check_store(scene));
    tagged("dkim", check_dkim(scene.config, scene.mend, scene.tr));
    tagged("postfix", scene.of_state);
    tagged("sockets", check_sockets(scene));
    if (!scene.state) return out;
    tagged("postfix", check_lines(scene));
    tagged("postfix", check_ports(scene));
    tagged("rewriting", check_rewriting(scene));
    return out;
}

int check(const Arguments& arguments) {
    std::string postfix_directory;
    Cli cli("check", "Checks configuration, secrets, store, sockets and Postfix, as the daemons would find them.");
    cli.json().value("--postfix-config", postfix_directory, "DIR: where Postfix's main.cf is");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto loaded = conf::load(cli.config_file());
    if (const auto* const problems = std::get_if<conf::Problems>(&loaded)) return print(findings_of(*problems), cli.wants_json());
    const Words tr(base::language_of_environment());
    return print(check_installation(look_around(std::get<conf::Config>(loaded), cli.config_file(), postfix_directory, tr)), cli.wants_json());
}

}  // namespace crmrelay::ctl
