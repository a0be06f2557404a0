// SPDX-License-Identifier: BSD-2-Clause
//
// Checks names octet by octet and says what is wrong with them. Case is folded where the protocols fold it: in domains, not in local parts.
#include "conf/names.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/ip.hh"
#include "base/text.hh"

namespace crmrelay::conf {

namespace {

using base::Error;
using base::neuter;
using base::Result;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_graph(char c) { return c > ' ' && c < '\x7f'; }
bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_dot_string(std::string_view text) {
    return std::ranges::all_of(base::split(text, '.'), [](std::string_view atom) { return !atom.empty() && std::ranges::all_of(atom, is_atext); });
}

// What is wrong with one label; empty where nothing is.
std::string label_fault(std::string_view label) {
    if (label.empty()) return "has an empty label";
    if (label.size() > kLabelCap) return fmt::format("has a label of more than {} octets", kLabelCap);
    if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with a hyphen";
    if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; }))
        return "holds other characters than letters, digits, hyphens and dots";
    return {};
}

Error no_mailbox(std::string_view text, std::string_view why) {
    return Error{fmt::format("\"{}\" is no mailbox: {}; write user@example.com", neuter(text, 320), why)};
}

// The prefix and the token together must be a dot-string that fits a local part.
std::string prefix_fault(std::string_view prefix) {
    if (prefix.size() + kTokenLength > kLocalPartCap)
        return fmt::format("what stands before {{token}} is longer than {} octets, and a local part holds {}", kLocalPartCap - kTokenLength, kLocalPartCap);
    if (!std::ranges::all_of(prefix, [](char c) { return is_alnum(c) || std::string_view("._+=-").find(c) != std::string_view::npos; }))
        return "what stands before {token} holds other characters than letters, digits and . _ + = -";
    if (prefix.starts_with('.') || prefix.find("..") != std::string_view::npos) return "a local part neither begins with a dot nor holds two in a row";
    return {};
}

// libpq reads the rest of it. A password is not shown: this file is often read by others.
Result<std::string> parse_postgres_url(std::string_view text, std::string_view rest) {
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    const auto user = authority.substr(0, authority.find('@'));
    const auto query = rest.find('?') == std::string_view::npos ? std::string_view() : rest.substr(rest.find('?'));
    if ((authority.find('@') != std::string_view::npos && user.find(':') != std::string_view::npos) || query.find("password=") != std::string_view::npos)
        return Error{"store: a password has no place in the URL; put it into a file and name that in store_password"};
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }))
        return Error{"store: the URL holds a space or a control character; write %20 and the like"};
    return std::string(text);
}

}  // namespace

Result<std::string> parse_domain(std::string_view text) {
    const auto shown = neuter(text, kDomainCap + 16);
    if (text.empty()) return Error{"a domain name is empty; write one such as example.com"};
    if (!is_ascii(text)) return Error{fmt::format("\"{}\" is not in ASCII; write the name in its xn-- form (idn2 prints it)", shown)};
    if (text.ends_with('.') && text.size() > 1) return Error{fmt::format("\"{}\" ends in a dot; leave it out", shown)};
    if (text.size() > kDomainCap) return Error{fmt::format("\"{}\" is longer than the {} octets of a domain name", shown, kDomainCap)};
    for (const auto label : base::split(text, '.'))
        if (const auto fault = label_fault(label); !fault.empty()) return Error{fmt::format("\"{}\" is no domain name: it {}", shown, fault)};
    return base::lower(text);
}

Result<std::string> parse_domain_or_suffix(std::string_view text) {
    if (!text.starts_with('.') || text.size() == 1) return parse_domain(text);
    auto name = parse_domain(text.substr(1));
    if (name) name->insert(name->begin(), '.');
    return name;
}

Result<std::string> parse_spf_name(std::string_view text) {
    // An underscore is no letter of a host name, but of record names (RFC 8552).
    std::string plain(text);
    std::ranges::replace(plain, '_', 'x');
    if (const auto name = parse_domain(plain); !name) return Error{fmt::format("\"{}\" is no name of a DNS record", neuter(text, kDomainCap + 16))};
    return base::lower(text);
}

Result<std::string> parse_preset_name(std::string_view text) {
    if (!text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) return base::lower(text);
    return Error{fmt::format("crm is \"{}\"; write the name of a preset, such as \"zoho\" (crmrelayctl crm lists them)", neuter(text, 64))};
}

namespace {

// "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT"; without a port `port` is meant, 0 where one is to be written.
std::optional<base::Endpoint> address_and_port(std::string_view text, std::uint64_t port) {
    auto host = text;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        host = text.substr(1, end == std::string_view::npos ? end : end - 1);
        if (end == std::string_view::npos) port = 0;
        else if (end + 1 < text.size()) port = text[end + 1] == ':' ? base::parse_number(text.substr(end + 2)).value_or(0) : 0;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        host = text.substr(0, colon);
        port = base::parse_number(text.substr(colon + 1)).value_or(0);
    }
    const auto address = base::IpAddress::parse(host);
    const bool bracketed_v4 = text.starts_with('[') && address && address->is_v4();
    if (port == 0 || port > 65535 || !address || bracketed_v4 || base::istarts_with(host, "IPv6:")) return std::nullopt;
    return base::Endpoint{false, {}, address->text(), static_cast<std::uint16_t>(port)};
}

}  // namespace

Result<base::Endpoint> parse_resolver(std::string_view text) {
    constexpr std::uint64_t kDomainPort = 53;
    if (auto endpoint = address_and_port(text, kDomainPort)) return std::move(*endpoint);
    return Error{fmt::format("\"{}\" is no address of a resolver; write \"127.0.0.1:53\" or \"[::1]:53\"", neuter(text, 128))};
}

Result<base::Endpoint> parse_metrics_address(std::string_view text) {
    auto endpoint = address_and_port(text, 0);
    if (!endpoint) return Error{fmt::format("\"{}\" is no address and port; write \"127.0.0.1:9127\" or \"[::1]:9127\"", neuter(text, 128))};
    if (!base::IpAddress::parse(endpoint->host)->is_loopback())
        return Error{fmt::format("\"{}\" is no loopback address: who can read it learns your domains and how much mail they send, and it asks nobody for a password; "
                                 "write \"127.0.0.1:{}\", and let a Prometheus elsewhere come through a proxy or a tunnel of yours", neuter(text, 128), endpoint->port)};
    return std::move(*endpoint);
}

Result<std::string> parse_mailbox(std::string_view text) {
    if (!is_ascii(text)) return no_mailbox(text, "it is not in ASCII (domains have an xn-- form)");
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return no_mailbox(text, "it has no @");
    const auto local = text.substr(0, at);
    if (local.empty()) return no_mailbox(text, "nothing stands before the @");
    if (local.size() > kLocalPartCap) return no_mailbox(text, fmt::format("more than {} octets stand before the @", kLocalPartCap));
    if (!is_dot_string(local)) return no_mailbox(text, "what stands before the @ is not atoms with single dots between them");
    const auto domain = parse_domain(text.substr(at + 1));
    if (!domain) return no_mailbox(text, domain.error());
    return std::string(local) + '@' + *domain;
}

Result<ReturnPath> parse_return_path(std::string_view text) {
    constexpr std::string_view kToken = "{token}";
    const auto wrong = [&](std::string_view why) {
        return Error{fmt::format("return_path \"{}\": {}; write \"{{token}}@bounce.example.com\" or \"bounce+{{token}}@example.com\"",
                                 neuter(text, 320), why)};
    };
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return wrong("it has no @");
    const auto local = text.substr(0, at);
    const auto token = local.find(kToken);
    if (token == std::string_view::npos) return wrong("{token} is missing before the @");
    if (text.find(kToken, token + 1) != std::string_view::npos) return wrong("{token} stands there more than once");
    if (token + kToken.size() != at) return wrong("the @ must follow {token} at once");
    const auto prefix = local.substr(0, token);
    if (const auto fault = prefix_fault(prefix); !fault.empty()) return wrong(fault);
    auto domain = parse_domain(text.substr(at + 1));
    if (!domain) return wrong(domain.error());
    return ReturnPath{base::lower(prefix), std::move(*domain)};
}

Result<Bounces> parse_bounces(std::string_view text) {
    if (text == "crm") return Bounces{Bounces::To::crm, {}};
    if (text == "keep") return Bounces{Bounces::To::keep, {}};
    constexpr std::string_view kAddress = "address:";
    if (!text.starts_with(kAddress)) return Error{fmt::format("bounces is \"{}\"; write \"crm\", \"address:MAILBOX\" or \"keep\"", neuter(text, 320))};
    auto mailbox = parse_mailbox(text.substr(kAddress.size()));
    if (!mailbox) return Error{"bounces: " + mailbox.error()};
    return Bounces{Bounces::To::address, std::move(*mailbox)};
}

Result<std::string> parse_login(std::string_view text) {
    if (text.empty() || text.size() > kLoginCap) return Error{fmt::format("a login has 1 to {} octets; write it as the CRM gives it at AUTH", kLoginCap)};
    if (!std::ranges::all_of(text, [](char c) { return is_graph(c) || static_cast<unsigned char>(c) >= 0x80; }))
        return Error{fmt::format("login \"{}\" holds a space or a control character; write it as the CRM gives it at AUTH", neuter(text, kLoginCap))};
    return std::string(text);
}

Result<std::string> parse_header_name(std::string_view text) {
    if (!text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) { return is_graph(c) && c != ':'; })) return std::string(text);
    return Error{fmt::format("\"{}\" is no header name; write one such as X-SFDC-EntityId, without a colon", neuter(text, 128))};
}

Result<std::string> parse_user(std::string_view text) {
    const bool fits = !text.empty() && text.size() <= 32 && text.front() != '-' &&
                      std::ranges::all_of(text, [](char c) { return is_alnum(c) || std::string_view("._-$").find(c) != std::string_view::npos; });
    if (fits) return std::string(text);
    return Error{fmt::format("\"{}\" is no name of a system user; write one such as crmrelay-policyd", neuter(text, 64))};
}

Result<std::string> parse_file_path(std::string_view text) {
    if (text.starts_with('/') && !text.ends_with('/') && text.size() < 4096) return std::string(text);
    return Error{fmt::format("\"{}\" is no absolute path of a file; write one that begins with /", neuter(text))};
}

Result<std::string> parse_folder_path(std::string_view text) {
    std::string_view plain = text;
    while (plain.size() > 1 && plain.ends_with('/')) plain.remove_suffix(1);
    if (plain.starts_with('/') && plain.size() < 4096) return std::string(plain);
    return Error{fmt::format("\"{}\" is no absolute path of a folder; write one that begins with /", neuter(text))};
}

Result<std::string> parse_store_url(std::string_view text) {
    constexpr std::string_view kSqlite = "sqlite://", kPostgres = "postgresql://";
    if (text.starts_with(kPostgres)) return parse_postgres_url(text, text.substr(kPostgres.size()));
    if (!text.starts_with(kSqlite)) return Error{fmt::format("store is \"{}\"; write \"sqlite:///PATH\" or \"postgresql://USER@HOST:PORT/DATABASE\"", neuter(text))};
    if (const auto path = parse_file_path(text.substr(kSqlite.size())); !path)
        return Error{fmt::format("store: {} (three slashes: sqlite:///PATH)", path.error())};
    return std::string(text);
}

Result<std::string> parse_server_name(std::string_view text) {
    constexpr std::size_t kMost = 64;
    const bool plain = std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_'; });
    if (text.empty() || text.size() > kMost || !plain) return Error{fmt::format("server is \"{}\"; write a name of at most {} letters, digits, dots and hyphens", neuter(text), kMost)};
    return std::string(text);
}

Result<std::string> parse_submit_url(std::string_view text) {
    constexpr std::string_view kSmtp = "smtp://";
    const auto wrong = [&](std::string_view why) {
        return Error{fmt::format("submit is \"{}\": {}; write \"smtp://HOST:PORT\", such as \"smtp://127.0.0.1:25\"", neuter(text), why)};
    };
    if (!text.starts_with(kSmtp)) return wrong("it does not begin with smtp://");
    const auto rest = text.substr(kSmtp.size());
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || rest.ends_with(']')) return wrong("the port is missing");
    const auto port = base::parse_number(rest.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return wrong("the port is not a number from 1 to 65535");
    auto host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        if (host.find(':') == std::string_view::npos || !base::IpAddress::parse(host.substr(1, host.size() - 2)))
            return wrong("no IPv6 address stands between the brackets");
    } else if (host.find(':') != std::string_view::npos) {
        return wrong("an IPv6 address needs brackets");
    } else if (!parse_domain(host)) {
        return wrong("the host is neither an address nor a host name");
    }
    return std::string(text);
}

Result<std::string> parse_notice_recipient(std::string_view text) {
    if (text.empty() || (text.size() <= kLocalPartCap && is_dot_string(text))) return std::string(text);
    return parse_mailbox(text);
}

}  // namespace crmrelay::conf
