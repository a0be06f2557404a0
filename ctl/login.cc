// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl login: the CRM's app passwords. A password is made here and shown once; the file holds its hash. crmrelay-policyd notices the new file by itself.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/clock.hh"
#include "base/text.hh"
#include "conf/secrets.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/prompt.hh"
#include "ctl/replace_file.hh"
#include "ctl/secret_access.hh"
#include "policy/logins.hh"
#include "policy/password.hh"

namespace crmrelay::ctl {

namespace {

using policy::Logins;

constexpr std::size_t kDate = 10;   // octets of "2026-11-23"

int wrong(const std::string& words) {
    fmt::print(stderr, "crmrelayctl login: {}\n", base::neuter(words, 1000));
    return kWrong;
}

std::string dump(const nlohmann::json& json) { return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace); }

struct File {
    std::string path, text;
    Logins logins;
};

// A file that is not there holds nothing.
base::Result<File> open_file(const conf::Service& service) {
    File out{real_path(service.logins), {}, {}};
    if (::access(out.path.c_str(), F_OK) != 0 && errno == ENOENT) return out;
    auto text = conf::read_secret(out.path);
    if (!text) return base::Error{text.error()};
    auto logins = Logins::parse(*text, out.path);
    if (!logins) return base::Error{logins.error()};
    out.text = std::move(*text);
    out.logins = std::move(*logins);
    return out;
}

std::vector<std::string> domains_with(const conf::Config& config, const std::string& login) {
    std::vector<std::string> out;
    for (const auto index : config.with_login(login)) out.push_back(config.domains[index].name);
    return out;
}

int add(const conf::Config& config, const std::string& name, bool json) {
    const auto& service = config.service;
    if (const auto fault = policy::login_fault(name); !fault.empty()) return wrong(fault);
    const auto lock = lock_folder_of(real_path(service.logins));
    const auto file = open_file(service);
    if (!file) return wrong(file.error());
    const auto* const present = file->logins.find(name);
    if (present && present->passwords.size() >= policy::kPasswordsALogin)
        return wrong(fmt::format("{0} has two passwords already: when its CRM uses the newer one, "
                                 "`crmrelayctl login remove {0} --old` takes the older one out", name));
    const auto password = policy::make_password();
    const auto created = base::rfc3339(base::now()).substr(0, kDate);
    const auto& spelled = present ? present->name : name;
    const auto text = policy::with_password(file->text, spelled, policy::hash_password(password), created);
    if (text.size() > conf::kSecretFileCap)
        return wrong(fmt::format("{}: too many logins: the file would be larger than {} octets", file->path, conf::kSecretFileCap));
    replace_file(file->path, text, access_for(file->path, service.user.policyd));
    if (json) fmt::print("{}\n", dump({{"login", spelled}, {"password", password}, {"created", created}}));
    else fmt::print("{}\n", password);
    std::fflush(stdout);
    fmt::print(stderr, "{}: login {} has {} now; the password above is shown this once. It is valid at once, without a reload, where Postfix asks crmrelay for "
                       "passwords (smtpd_sasl_type = dovecot, and smtpd_sasl_path leads to {}).\n",
               base::neuter(file->path), base::neuter(spelled), present ? "two passwords" : "a password", service.auth.text());
    if (domains_with(config, name).empty())
        fmt::print(stderr, "warning: no domain lists this login, and it is refused until one does: logins = [\"{}\"]\n", base::neuter(spelled));
    return kFine;
}

int remove(const conf::Service& service, const std::string& name, bool old_only) {
    const auto lock = lock_folder_of(real_path(service.logins));
    const auto file = open_file(service);
    if (!file) return wrong(file.error());
    const auto* const login = file->logins.find(name);
    if (!login) return wrong(fmt::format("{}: there is no login \"{}\"", file->path, name));
    if (old_only && login->passwords.size() < 2) return wrong(fmt::format("{0} has one password only; without --old the login itself is removed", login->name));
    std::vector<int> lines;
    for (const auto& password : login->passwords) lines.push_back(password.line);
    if (old_only) lines.resize(1);
    replace_file(file->path, policy::without_lines(file->text, lines), access_for(file->path, service.user.policyd));
    fmt::print("{}: {} of login {} removed; it is refused from now on\n", base::neuter(file->path),
               old_only ? "the older password" : lines.size() == 1 ? "the password" : "both passwords", base::neuter(login->name));
    return kFine;
}

int list(const conf::Config& config, bool json) {
    const auto file = open_file(config.service);
    if (!file) return wrong(file.error());
    auto out = nlohmann::json::array();
    std::vector<Row> rows;
    for (const auto* login : file->logins.all()) {
        std::vector<std::string> created;
        std::string dates;
        bool all_disabled = true;
        for (const auto& password : login->passwords) {
            created.push_back(password.created);
            dates += (dates.empty() ? "" : ", ") + password.created + (password.disabled ? " (disabled)" : "");
            all_disabled = all_disabled && password.disabled;
        }
        const auto domains = domains_with(config, login->name);
        std::string names;
        for (const auto& domain : domains) names += (names.empty() ? "" : ", ") + domain;
        out.push_back({{"login", login->name}, {"passwords", login->passwords.size()}, {"created", created}, {"domains", domains}, {"disabled", all_disabled}});
        rows.push_back({login->name, std::to_string(login->passwords.size()), dates, names.empty() ? "none: it is refused" : names});
    }
    if (json) fmt::print("{}\n", dump(out));
    else fmt::print("{}", table({"LOGIN", "PASSWORDS", "CREATED", "DOMAINS"}, rows));
    return kFine;
}

int verify(const conf::Config& config, const std::string& name) {
    const auto file = open_file(config.service);
    if (!file) return wrong(file.error());
    const auto* const login = file->logins.find(name);
    if (!login) return wrong(fmt::format("{}: there is no login \"{}\"", file->path, name));
    const auto password = read_password(policy::kPasswordCap);
    if (!password) return wrong("no password on standard input");
    const auto match = policy::matching(login->passwords, *password, {}, 0);
    if (!match) return wrong(fmt::format("this is no password of {}", login->name));
    const auto& found = login->passwords[*match];
    if (found.disabled) return wrong(fmt::format("this is the password of {} made on {}, and it is disabled", login->name, found.created));
    fmt::print("this is the password of {} made on {}\n", base::neuter(login->name), found.created);
    if (domains_with(config, name).empty()) fmt::print(stderr, "warning: no domain lists {}: it is refused all the same\n", base::neuter(login->name));
    return kFine;
}

}  // namespace

int login(const Arguments& arguments) {
    std::string verb, name;
    bool old_only = false;
    Cli cli("login", "The CRM's app passwords. \"add\" makes one and prints it once (two may be valid at a time), \"remove\" takes a login out or, with --old, the "
                     "older of its two passwords, \"list\" shows who may log in, \"verify\" reads a password from standard input and tells whether it is right.");
    cli.json().choice("VERB", verb, {"add", "list", "remove", "verify"}, "add, list, remove or verify");
    cli.positional("LOGIN", name, "the login, as the CRM gives it at AUTH", false).flag("--old", old_only, "with remove: only the older password");
    if (const auto status = cli.parse(arguments)) return *status;
    if ((verb == "list") != name.empty() || (old_only && verb != "remove")) {
        fmt::print(stderr, "crmrelayctl login: {}\n", verb == "list" ? "list takes no login" : name.empty() ? "which login?" : "--old belongs to remove");
        return kUsage;
    }
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    if (verb == "add") return add(*config, name, cli.wants_json());
    if (verb == "remove") return remove(config->service, name, old_only);
    return verb == "list" ? list(*config, cli.wants_json()) : verify(*config, name);
}

}  // namespace crmrelay::ctl
