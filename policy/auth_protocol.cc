// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the lines of Dovecot's authentication protocol; unknown commands and parameters are ignored, as its own clients and servers do.
#include "policy/auth_protocol.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.hh"
#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::policy {

namespace {

using base::Error;
using base::Result;

constexpr std::string_view kAskLogin = "VXNlcm5hbWU6", kAskPassword = "UGFzc3dvcmQ6";   // "Username:", "Password:": clients look for these
constexpr std::uint64_t kIdMost = 0xffffffff;

// The text up to the next tab, which is taken off with it.
std::string_view take_word(std::string_view& rest) {
    const auto end = std::min(rest.find('\t'), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

std::optional<std::uint32_t> take_id(std::string_view& rest) {
    const auto number = base::parse_number(take_word(rest));
    if (!number || *number > kIdMost) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

bool is_login(std::string_view text) {
    const auto is_graph = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; };
    return !text.empty() && text.size() <= conf::kLoginCap && std::ranges::all_of(text, is_graph);
}

AuthAttempt unreadable(AuthAttempt attempt) {
    attempt.readable = false;
    attempt.password.clear();
    if (!is_login(attempt.login)) attempt.login.clear();
    return attempt;
}

AuthAttempt complete(AuthAttempt attempt, std::string password) {
    if (!is_login(attempt.login) || password.empty() || password.find('\0') != std::string::npos) return unreadable(std::move(attempt));
    attempt.password = std::move(password);
    return attempt;
}

// RFC 4616: authzid NUL authcid NUL password. Nobody acts for somebody else here.
AuthAttempt plain(AuthAttempt attempt, std::string_view message) {
    const auto parts = base::split(message, '\0');
    if (parts.size() != 3) return unreadable(std::move(attempt));
    attempt.login = parts[1];
    if (!parts[0].empty() && !base::iequals(parts[0], parts[1])) return unreadable(std::move(attempt));
    return complete(std::move(attempt), std::string(parts[2]));
}

std::string with_user(std::string_view verdict, std::uint32_t id, std::string_view user) {
    return is_login(user) ? fmt::format("{}\t{}\tuser={}\n", verdict, id, user) : fmt::format("{}\t{}\n", verdict, id);
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) { return text.size() % 4 == 0 ? base::from_base64(text) : std::nullopt; }

std::string auth_handshake(std::uint32_t process, std::uint32_t connection, std::string_view cookie) {
    return fmt::format("VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t{}\nCUID\t{}\nCOOKIE\t{}\nDONE\n", process, connection, cookie);
}

std::string auth_ok(std::uint32_t id, std::string_view user) { return with_user("OK", id, user); }
std::string auth_fail(std::uint32_t id, std::string_view user) { return with_user("FAIL", id, user); }

Result<AuthSession::Outcome> AuthSession::take(std::string_view line) {
    auto rest = line;
    const auto command = take_word(rest);
    if (command == "VERSION") {
        if (take_word(rest) != "1") return Error{fmt::format("\"{}\": version 1 of Dovecot's protocol is spoken here", base::neuter(line, 80))};
        greeted_ = true;
        return Outcome();
    }
    if (!greeted_) return Error{fmt::format("\"{}\" before VERSION: this socket is for Postfix's smtpd_sasl_path", base::neuter(command, 80))};
    if (command == "AUTH") return begin(rest);
    if (command == "CONT") return go_on(rest);
    if (command == "CANCEL") {
        if (const auto id = take_id(rest)) dialogues_.erase(*id);
    }
    return Outcome();   // CPID, and what later versions may say
}

Result<AuthSession::Outcome> AuthSession::begin(std::string_view rest) {
    const auto id = take_id(rest);
    if (!id) return Error{"AUTH without a number"};
    const auto mechanism = take_word(rest);
    Dialogue dialogue;
    dialogue.attempt.id = *id;
    std::optional<std::string_view> response;
    while (!rest.empty()) {
        const auto parameter = take_word(rest);
        if (parameter == "secured" || parameter.starts_with("secured=")) dialogue.attempt.secured = true;
        else if (parameter.starts_with("resp=")) response = parameter.substr(5);
        else if (parameter.starts_with("rip=")) {
            if (const auto client = base::IpAddress::parse(parameter.substr(4))) dialogue.attempt.client = *client;
        }
    }
    dialogues_.erase(*id);
    if (base::iequals(mechanism, "PLAIN")) dialogue.wants = Dialogue::Wants::plain;
    else if (base::iequals(mechanism, "LOGIN")) dialogue.wants = Dialogue::Wants::login;
    else return Outcome(Line{auth_fail(*id, {})});
    return response ? step(std::move(dialogue), *response) : ask(std::move(dialogue));
}

Result<AuthSession::Outcome> AuthSession::go_on(std::string_view rest) {
    const auto id = take_id(rest);
    if (!id) return Error{"CONT without a number"};
    const auto at = dialogues_.find(*id);
    if (at == dialogues_.end()) return Outcome(Line{auth_fail(*id, {})});
    auto dialogue = std::move(at->second);
    dialogues_.erase(at);
    return step(std::move(dialogue), take_word(rest));
}

AuthSession::Outcome AuthSession::step(Dialogue dialogue, std::string_view base64) {
    auto response = base64 == "=" ? std::optional<std::string>("") : from_base64(base64);   // RFC 4954 section 4: "=" is a response without octets
    if (!response) return unreadable(std::move(dialogue.attempt));
    if (dialogue.wants == Dialogue::Wants::plain) return plain(std::move(dialogue.attempt), *response);
    if (dialogue.wants == Dialogue::Wants::password) return complete(std::move(dialogue.attempt), std::move(*response));
    if (response->size() > conf::kLoginCap) return unreadable(std::move(dialogue.attempt));
    dialogue.attempt.login = std::move(*response);
    dialogue.wants = Dialogue::Wants::password;
    return ask(std::move(dialogue));
}

AuthSession::Outcome AuthSession::ask(Dialogue dialogue) {
    using Wants = Dialogue::Wants;
    const auto challenge = dialogue.wants == Wants::login ? kAskLogin : dialogue.wants == Wants::password ? kAskPassword : std::string_view();
    const auto id = dialogue.attempt.id;
    if (dialogues_.size() >= kDialogueCap) dialogues_.erase(dialogues_.begin());   // the oldest, as Postfix counts
    dialogues_[id] = std::move(dialogue);
    return Line{fmt::format("CONT\t{}\t{}\n", id, challenge)};
}

}  // namespace crmrelay::policy
