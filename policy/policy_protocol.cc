// SPDX-License-Identifier: BSD-2-Clause
//
// Reads policy requests; unknown attributes are ignored, as Postfix asks.
#include "policy/policy_protocol.hh"

#include <fmt/format.h>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using base::Error;

// 0 where it is no port.
std::uint16_t port_of(std::string_view value) {
    const auto number = base::parse_number(value).value_or(0);
    return number <= 65535 ? static_cast<std::uint16_t>(number) : 0;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

// Postfix writes names of certificates as xtext (RFC 3461 section 4); what is none stays as it is.
std::string from_xtext(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool coded = text[i] == '+' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        out += coded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (coded) i += 2;
    }
    return out;
}

void assign(PolicyRequest& request, std::string_view name, std::string_view value) {
    if (name == "protocol_state") request.at_rcpt = value == "RCPT";
    else if (name == "policy_context") {
        using Context = PolicyRequest::Context;
        request.context = value == "relay" ? Context::relay : value == "recipient" ? Context::recipient : value == "granted" ? Context::granted : Context::other;
    } else if (name == "client_address") {
        if (const auto client = base::IpAddress::parse(value)) {
            request.session.client = *client;
            request.has_client = true;
        }
    } else if (name == "client_port") request.session.port = port_of(value);
    else if (name == "sasl_username") request.session.login = value;
    else if (name == "encryption_protocol") request.session.tls = value;
    else if (name == "ccert_fingerprint") request.session.fingerprint = upper(value);
    else if (name == "ccert_subject") request.session.subject = base::trim(from_xtext(value));
    else if (name == "sender") request.sender = value;
    else if (name == "recipient") request.recipient = value;
    else if (name == "queue_id") request.queue_id = value;
    else if (name == "instance") request.instance = value;
    else if (name == "server_address") {
        request.server_address = value;
        if (const auto server = base::IpAddress::parse(value)) request.session.server = *server;
    }
    else if (name == "server_port") {
        request.server_port = value;
        request.session.service = port_of(value);
    }
}

}  // namespace

std::size_t request_end(std::string_view buffer) {
    if (buffer.starts_with('\n')) return 1;
    const auto at = buffer.find("\n\n");
    return at == std::string_view::npos ? at : at + 2;
}

base::Result<PolicyRequest> parse_policy_request(std::string_view text) {
    PolicyRequest out;
    bool is_request = false;
    while (!text.empty() && text.front() != '\n') {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) return Error{fmt::format("a line without \"=\": \"{}\"", base::neuter(line, 80))};
        const auto name = line.substr(0, equals), value = line.substr(equals + 1);
        if (name == "request") is_request = value == "smtpd_access_policy";
        else assign(out, name, value);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (!is_request) return Error{"no request=smtpd_access_policy: this socket is for Postfix's check_policy_service"};
    return out;
}

}  // namespace crmrelay::policy
