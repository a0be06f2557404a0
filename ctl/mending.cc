// SPDX-License-Identifier: BSD-2-Clause
//
// Writes the commands.
#include "ctl/mending.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace crmrelay::ctl {

namespace {

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_./:=,@+%").find(c) != std::string_view::npos; }

bool has_unit(const std::string& daemon) {
    if (::access("/run/systemd/system", F_OK) != 0) return false;
    for (const char* const folder : {"/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"})
        if (::access(fmt::format("{}/{}.service", folder, daemon).c_str(), F_OK) == 0) return true;
    return false;
}

}  // namespace

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += "'\\''";
        else out += c;
    }
    return out + "'";
}

Mending::Mending(std::string config_file, std::string postfix_directory)
    : config_file_(std::move(config_file)), postfix_directory_(std::move(postfix_directory)), postfix_(postfix_directory_) {}

std::string Mending::ctl(std::string_view words) const {
    const bool usual = config_file_ == CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml";
    return usual ? fmt::format("crmrelayctl {}", words) : fmt::format("crmrelayctl -c {} {}", shell_word(config_file_), words);
}

std::string Mending::command(const std::string& text) const {
    constexpr std::string_view kOurs = "crmrelayctl ";
    return text.starts_with(kOurs) ? ctl(std::string_view(text).substr(kOurs.size())) : text;
}

std::string Mending::where_postfix_is() const { return postfix_directory_.empty() ? "" : " --postfix-config " + shell_word(postfix_directory_); }

std::string Mending::dns(const std::string& domain) const { return ctl("dns " + domain) + where_postfix_is(); }

std::string Mending::reload() const { return postfix_.command("postfix") + " reload"; }

std::string Mending::apply(bool shared) const {
    return fmt::format("{}{}{} && {}", ctl("postfix --apply"), shared ? " --shared" : "", where_postfix_is(), reload());
}

std::string Mending::apply_at(int port) const {
    return fmt::format("{}{} && {}", ctl(fmt::format("postfix --apply --port {}", port)), where_postfix_is(), reload());
}

std::string Mending::main(const std::string& parameter, const std::string& value) const {
    return fmt::format("{} -e {} && {}", postfix_.command("postconf"), shell_word(fmt::format("{} = {}", parameter, value)), reload());
}

std::string Mending::service(const std::string& id, const std::string& parameter, const std::string& value) const {
    return fmt::format("{} -P {} && {}", postfix_.command("postconf"), shell_word(fmt::format("{}/{}={}", id, parameter, value)), reload());
}

std::string Mending::service_line(const std::string& id, const std::string& line) const {
    return fmt::format("{} -M {} && {}", postfix_.command("postconf"), shell_word(fmt::format("{}={}", id, line)), reload());
}

std::string Mending::start(const std::string& daemon) const {
    if (has_unit(daemon)) return "systemctl start " + daemon;
    return config_file_ == CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml" ? daemon : fmt::format("{} -c {}", daemon, shell_word(config_file_));
}

}  // namespace crmrelay::ctl
