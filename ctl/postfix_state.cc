// SPDX-License-Identifier: BSD-2-Clause
//
// Reads what postconf prints. Its warnings are its own business, its failures are thrown.
#include "ctl/postfix_state.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/text.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

// Every parameter that the plan or a check looks at.
constexpr std::array kParameters = {
    "2bounce_notice_recipient",
    "canonical_classes",
    "canonical_maps",
    "config_directory",
    "delay_warning_time",
    "inet_interfaces",
    "known_tcp_ports",
    "local_recipient_maps",
    "mail_owner",
    "masquerade_classes",
    "masquerade_domains",
    "masquerade_exceptions",
    "master_service_disable",
    "milter_default_action",
    "mydestination",
    "myhostname",
    "myorigin",
    "notify_classes",
    "proxy_interfaces",
    "propagate_unmatched_extensions",
    "queue_directory",
    "smtpd_sasl_auth_enable",
    "smtpd_sasl_path",
    "smtpd_tls_ask_ccert",
    "smtpd_tls_fingerprint_digest",
    "smtpd_tls_wrappermode",
    "recipient_delimiter",
    "relay_domains",
    "relay_recipient_maps",
    "relayhost",
    "sendmail_path",
    "sender_canonical_classes",
    "sender_canonical_maps",
    "smtp_bind_address",
    "smtp_bind_address6",
    "smtp_generic_maps",
    "smtpd_milters",
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
    "transport_maps",
    "virtual_alias_domains",
    "virtual_alias_maps",
    "virtual_mailbox_domains",
    "virtual_mailbox_maps",
};

std::vector<std::string> words_with_parameters(std::vector<std::string> words) {
    words.insert(words.end(), kParameters.begin(), kParameters.end());
    return words;
}

// postconf's "name = value" lines.
std::map<std::string, std::string> assignments(std::string_view text) {
    std::map<std::string, std::string> out;
    for (const auto line : base::split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        out[std::string(base::trim(line.substr(0, equals)))] = base::trim(line.substr(equals + 1));
    }
    return out;
}

// "name type private unprivileged chroot wakeup maxproc command …".
std::vector<MasterService> services_of(std::string_view text) {
    std::vector<MasterService> out;
    for (const auto line : base::split(text, '\n')) {
        const auto fields = words_of(line);
        if (fields.size() < 8) continue;
        MasterService service;
        service.name = fields[0];
        service.type = fields[1];
        service.chrooted = fields[4] == "y";   // "-" is n since Postfix 3.0
        service.command = fields[7];
        service.line = base::trim(line);
        out.push_back(std::move(service));
    }
    return out;
}

}  // namespace

const std::string& PostfixState::at(const MasterService& service, const std::string& parameter) const {
    const auto option = service.options.find(parameter);
    return option != service.options.end() ? option->second : expanded.at(parameter);
}

const MasterService* PostfixState::service(const std::string& id) const {
    const auto found = std::ranges::find(services, id, &MasterService::id);
    return found == services.end() ? nullptr : &*found;
}

Postfix::Postfix(std::string directory) : directory_(std::move(directory)) {
    if (const char* const environment = std::getenv("MAIL_CONFIG"); directory_.empty() && environment) directory_ = environment;
    if (!directory_.empty()) directory_ = std::filesystem::absolute(directory_).lexically_normal().string();
}

bool Postfix::installed() { return is_installed("postconf"); }

std::string Postfix::command(const std::string& program) const { return directory_.empty() ? program : fmt::format("{} -c {}", program, directory_); }

Ran Postfix::run_command(std::vector<std::string> words) const {
    if (!directory_.empty()) words.insert(words.begin() + 1, {"-c", directory_});
    return run(words);
}

std::string Postfix::ask(std::vector<std::string> words) const {
    auto ran = run_command(words);
    if (ran.status != 0) throw std::runtime_error(fmt::format("{}: {}", fmt::join(words, " "), base::neuter(base::trim(ran.error))));
    return std::move(ran.out);
}

PostfixState Postfix::read() const {
    PostfixState out;
    out.values = assignments(ask(words_with_parameters({"postconf"})));
    out.expanded = assignments(ask(words_with_parameters({"postconf", "-x"})));
    for (const auto& [name, value] : assignments(ask(words_with_parameters({"postconf", "-n"})))) out.set[name] = true;
    for (const char* const name : kParameters) {
        out.values.try_emplace(name);
        out.expanded.try_emplace(name);
        out.set.try_emplace(name, false);
    }
    out.directory = directory_.empty() ? out.expanded["config_directory"] : directory_;
    out.services = services_of(ask({"postconf", "-M"}));
    for (const auto& [name, value] : assignments(ask({"postconf", "-P"}))) {
        const auto slash = name.rfind('/');
        if (slash == std::string::npos) continue;
        for (auto& service : out.services)
            if (service.id() == name.substr(0, slash)) service.options[name.substr(slash + 1)] = value;
    }
    return out;
}

void Postfix::edit(const PostfixEdit& edit) const {
    std::vector<std::string> set{"postconf", "-e"}, unset{"postconf", "-X"}, set_services{"postconf", "-M"}, unset_services{"postconf", "-MX"};
    for (const auto& [name, value] : edit.parameters) {
        if (value) set.push_back(fmt::format("{} = {}", name, *value));
        else unset.push_back(name);
    }
    for (const auto& [id, line] : edit.services) {
        if (line) set_services.push_back(fmt::format("{}={}", id, *line));
        else unset_services.push_back(id);
    }
    for (auto* const words : {&set, &unset, &set_services, &unset_services})
        if (words->size() > 2) ask(std::move(*words));
}

std::optional<std::string> Postfix::look_up(const std::string& map, const std::string& key) const {
    std::vector<std::string> words{"postmap", "-q", key, map};
    if (!directory_.empty()) words.insert(words.begin() + 1, {"-c", directory_});
    const auto ran = run(words);
    if (ran.status == 0) return std::string(base::trim(ran.out));
    const auto error = base::trim(ran.error);
    if (ran.status == 1 && error.find("fatal:") == std::string_view::npos && error.find("error:") == std::string_view::npos) return std::nullopt;
    throw std::runtime_error(std::string(error.substr(0, error.find('\n'))));
}

}  // namespace crmrelay::ctl
