// SPDX-License-Identifier: BSD-2-Clause
//
// Each configured login: does it have a password, and how did it fare lately?
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/text.hh"
#include "conf/secrets.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/process.hh"
#include "policy/logins.hh"

namespace crmrelay::ctl {

namespace {

struct Named {
    std::string login;
    const conf::Domain* domain;   // the first that lists it
};

std::vector<Named> logins_of(const Examination& about) {
    std::vector<Named> out;
    std::set<std::string> seen;
    for (const auto* domain : about.domains)
        for (const auto& login : domain->logins)
            if (seen.insert(base::lower(login)).second) out.push_back({login, domain});
    return out;
}

// In the process that may read the file.
Findings look_at_passwords(const Examination& about, const std::vector<Named>& logins) {
    const auto& tr = about.scene.tr;
    const auto& path = about.scene.config.service.logins;
    Findings out;
    const auto text = conf::read_secret(path);
    if (!text) return out;   // check says so
    const auto known = policy::Logins::parse(*text, path);
    if (!known) return out;
    for (const auto& [name, domain] : logins) {
        const auto login = "login"_a = name;
        const auto add = about.scene.mend.ctl("login add " + shell_word(name));
        const auto* const found = known->find(name);
        if (!found) out.push_back({Level::fail, tr("login {login} has no password in {path}", login, "path"_a = path), add});
        else if (std::ranges::all_of(found->passwords, &policy::Password::disabled))
            out.push_back({Level::fail, tr("login {login}: every password of it is disabled", login), found->passwords.size() < policy::kPasswordsALogin ? add : about.scene.mend.ctl("login remove --old " + shell_word(name)) + " && " + add});
        else
            out.push_back({Level::ok,
                           tr.plural("login {login} has {count} password, the newest of {date}", "login {login} has {count} passwords, the newest of {date}",
                                     static_cast<long>(found->passwords.size()), login, "date"_a = found->passwords.back().created),
                           ""});
        out.back().domain = domain->name;
    }
    return out;
}

std::string when(const Words& tr, base::Seconds time, const std::string& from) {
    return time == 0 ? tr("never") : tr("{time} from {client}", "time"_a = base::rfc3339(time), "client"_a = from);
}

// A failure after the last success counts where it came from the CRM's own networks: elsewhere anybody guesses.
Finding look_at_times(const Examination& about, const Named& named, const store::LoginSeen& seen, const std::vector<store::SpfVerdict>& verdicts) {
    const auto& tr = about.scene.tr;
    const auto login = "login"_a = named.login;
    const auto good = "good"_a = when(tr, seen.succeeded_at, seen.succeeded_from);
    if (seen.failed_at == 0) return {Level::ok, tr("login {login}: last success {good}, no failure on record", login, good), "", named.domain->name};
    const auto bad = "bad"_a = when(tr, seen.failed_at, seen.failed_from);
    const auto why = "why"_a = seen.failed_why;
    const bool anywhere = named.domain->networks.empty() && named.domain->spf_networks.empty();
    const bool matters = seen.failed_at > seen.succeeded_at && (anywhere || known_inside(*named.domain, seen.failed_from, verdicts));
    if (!matters) return {Level::ok, tr("login {login}: last success {good}, last failure {bad} ({why})", login, good, bad, why), "", named.domain->name};
    return {Level::warn, tr("login {login}: the last attempt failed, {bad} ({why}); last success {good}: enter its password in the CRM again, or make another", login, bad, why, good),
            about.scene.mend.ctl("login add " + shell_word(named.login)), named.domain->name};
}

}  // namespace

Findings doctor_logins(const Examination& about) {
    const auto& tr = about.scene.tr;
    const auto& service = about.scene.config.service;
    const auto logins = logins_of(about);
    Findings out;
    if (logins.empty()) return out;
    const bool ours = ::access(service.logins.c_str(), F_OK) == 0;
    if (ours) out = as_user(service.user.policyd, [&] { return look_at_passwords(about, logins); });
    else
        out.push_back({Level::ok, tr("{path} is not there: the passwords are another server's (Dovecot, Cyrus), and failed logins are not known to crmrelay; see that server's log", "path"_a = service.logins), ""});
    if (!about.store) return out;
    const auto seen = about.store->logins_seen();
    const auto verdicts = about.store->spf_verdicts(100'000);
    for (const auto& named : logins) {
        const auto at = std::ranges::find(seen, base::lower(named.login), &store::LoginSeen::login);
        if (at != seen.end()) out.push_back(look_at_times(about, named, *at, verdicts));
        else out.push_back({Level::ok, tr("login {login} was not used yet", "login"_a = named.login), "", named.domain->name});
    }
    return out;
}

}  // namespace crmrelay::ctl
