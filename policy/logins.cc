// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the file of logins line by line, and puts lines in and out without touching the others.
#include "policy/logins.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::policy {

namespace {

using base::Error;
using base::Result;

constexpr std::string_view kHead =
    "# The CRM's logins: LOGIN:HASH:CREATED[:disabled], a line a password, at most two a login, the older first.\n"
    "# `crmrelayctl login add LOGIN` makes a password and its line; `crmrelayctl login remove LOGIN [--old]` takes it out.\n"
    "# \":disabled\" at the end of a line keeps its password from being taken. crmrelay-policyd reads the file again by itself.\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hash(std::string_view text) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' || c == '/' || c == '$'; };
    return text.starts_with(kHashBegin) && text.size() > kHashBegin.size() && text.size() <= kHashCap && std::ranges::all_of(text, fits);
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
        if (!is_digit(text[i])) return false;
    return true;
}

bool is_comment(std::string_view line) { return line.empty() || line.front() == '#'; }

// What is wrong with a line; empty where nothing is. No hash is shown.
std::string fault_of(const std::vector<std::string_view>& parts) {
    if (parts.size() < 3 || parts.size() > 4) return "not LOGIN:HASH:CREATED or LOGIN:HASH:CREATED:disabled";
    if (auto fault = login_fault(parts[0]); !fault.empty()) return fault;
    if (!is_hash(parts[1]))
        return fmt::format("the hash of \"{}\" is none that crmrelay makes ({}…): `crmrelayctl login add` makes password and line",
                           base::neuter(parts[0], 80), kHashBegin);
    if (!is_date(parts[2])) return fmt::format("\"{}\" is no date; write 2026-11-23", base::neuter(parts[2], 40));
    if (parts.size() == 4 && parts[3] != "disabled") return fmt::format("\"{}\": only \"disabled\" may stand there", base::neuter(parts[3], 40));
    return {};
}

}  // namespace

std::string login_fault(std::string_view login) {
    if (const auto parsed = conf::parse_login(login); !parsed) return parsed.error();
    if (login.find(':') != std::string_view::npos || login.front() == '#')
        return fmt::format("login \"{}\" holds a colon or begins with #; the logins file cannot hold it", base::neuter(login, conf::kLoginCap));
    return {};
}

Result<Logins> Logins::parse(std::string_view text, const std::string& path) {
    Logins out;
    int number = 0;
    for (const auto whole : base::split(text, '\n')) {
        ++number;
        const auto line = base::trim(whole);
        if (is_comment(line)) continue;
        const auto parts = base::split(line, ':');
        if (const auto fault = fault_of(parts); !fault.empty()) return Error{fmt::format("{}:{}: {}", path, number, fault)};
        auto& login = out.logins_[base::lower(parts[0])];
        if (login.passwords.size() == kPasswordsALogin)
            return Error{fmt::format("{0}:{1}: a third password of \"{2}\"; two may be valid at a time: take out the line of the older one", path, number,
                                     base::neuter(parts[0], 80))};
        if (login.name.empty()) login.name = parts[0];
        login.passwords.push_back({std::string(parts[1]), std::string(parts[2]), parts.size() == 4, number});
    }
    return out;
}

const Login* Logins::find(std::string_view name) const {
    const auto at = logins_.find(base::lower(name));
    return at == logins_.end() ? nullptr : &at->second;
}

std::vector<const Login*> Logins::all() const {
    std::vector<const Login*> out;
    for (const auto& [name, login] : logins_) out.push_back(&login);
    return out;
}

std::string with_password(std::string_view text, std::string_view login, std::string_view hash, std::string_view created) {
    const auto line = fmt::format("{}:{}:{}\n", login, hash, created);
    if (text.empty()) return std::string(kHead) + line;
    std::string out;
    std::size_t behind = std::string::npos;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto one = base::trim(text.substr(0, end));
        out.append(text.substr(0, end)).push_back('\n');
        if (!is_comment(one) && base::iequals(one.substr(0, one.find(':')), login)) behind = out.size();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out.insert(std::min(behind, out.size()), line);
}

std::string without_lines(std::string_view text, const std::vector<int>& lines) {
    std::string out;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (std::ranges::find(lines, number) == lines.end()) out.append(text.substr(0, end)).push_back('\n');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace crmrelay::policy
