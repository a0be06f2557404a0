// SPDX-License-Identifier: BSD-2-Clause
//
// Dovecot's authentication protocol (version 1) as Postfix's smtpd_sasl_type = dovecot speaks it, the server's side, with the mechanisms PLAIN (RFC 4616) and
// LOGIN. One session a connection: lines in; lines out, and attempts to judge. It judges nothing. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ip.hh"
#include "base/result.hh"

namespace crmrelay::policy {

constexpr std::size_t kAuthLineCap = 16384;   // Postfix takes a response of up to 12288 octets from its client (smtpd_sasl_response_limit)
constexpr std::size_t kDialogueCap = 16;      // exchanges of one connection that wait for their client; Postfix has one, and tells of none that was given up

// A login and a password that wait for a verdict.
struct AuthAttempt {
    std::uint32_t id = 0;
    bool readable = true;      // false: no login and password could be made out of what the client sent
    std::string login, password;
    base::IpAddress client;    // "::" where Postfix does not tell it
    bool secured = false;      // by TLS
};

class AuthSession {
public:
    struct Line {              // to be sent
        std::string text;
    };
    using Outcome = std::variant<std::monostate, Line, AuthAttempt>;

    // One line without its end. An error is a peer that does not speak this protocol: the connection is to be closed.
    base::Result<Outcome> take(std::string_view line);

private:
    struct Dialogue {          // LOGIN and PLAIN ask for what the client did not send with AUTH
        enum class Wants { plain, login, password };
        Wants wants = Wants::plain;
        AuthAttempt attempt;
    };
    base::Result<Outcome> begin(std::string_view rest);
    base::Result<Outcome> go_on(std::string_view rest);
    Outcome step(Dialogue dialogue, std::string_view base64);
    Outcome ask(Dialogue dialogue);

    bool greeted_ = false;
    std::map<std::uint32_t, Dialogue> dialogues_;   // by the peer's number
};

// What the server says first. `cookie` is 32 hexadecimal digits.
std::string auth_handshake(std::uint32_t process, std::uint32_t connection, std::string_view cookie);

// Verdicts. There is no reason in the refusal: Postfix shows it to the client.
std::string auth_ok(std::uint32_t id, std::string_view user);
std::string auth_fail(std::uint32_t id, std::string_view user);

// RFC 4648 section 4, with its padding; nothing where `text` is not that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace crmrelay::policy
