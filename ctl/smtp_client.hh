// SPDX-License-Identifier: BSD-2-Clause
//
// A client's side of SMTP (RFC 5321, RFC 3207, RFC 4954), to look at our own Postfix as a CRM meets it: greeting, EHLO, STARTTLS with the certificate that is
// shown, AUTH, an envelope. It sends no message, and takes any certificate: judging it is the caller's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/endpoint.hh"
#include "base/result.hh"

namespace crmrelay::ctl {

struct SmtpReply {
    int code = 0;
    std::vector<std::string> lines;   // their texts

    std::string text() const;         // "550 5.1.1 …", of the last line
    bool is(int hundreds) const { return code / 100 == hundreds; }
    // An extension's parameters as EHLO lists them ("PLAIN LOGIN"); nothing where it is not offered.
    std::optional<std::string> offer(std::string_view keyword) const;
};

struct ServerCertificate {
    std::vector<std::string> names;   // DNS names of subjectAltName, else the common name
    bool matches = false;             // the name that was asked for (RFC 6125)
    base::Seconds not_before = 0, not_after = 0;
};

constexpr std::size_t kSmtpReplyCap = 65536;   // octets of one reply
constexpr int kSmtpSeconds = 15;               // that one answer may take

class SmtpClient {
public:
    // Both wait for the greeting or the handshake; what they throw is std::runtime_error.
    SmtpClient(const base::Endpoint& server, bool implicit_tls, const std::string& name);
    ~SmtpClient();

    const SmtpReply& greeting() const;
    SmtpReply command(std::string_view line);       // throws std::runtime_error where the session is over
    void start_tls();                               // after 220; throws std::runtime_error
    const std::optional<ServerCertificate>& certificate() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::ctl
