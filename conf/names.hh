// SPDX-License-Identifier: BSD-2-Clause
//
// The names that a configuration holds, read from text: domains (RFC 1035 section 2.3.1, RFC 1123 section 2.1), mailboxes (RFC 5321
// section 4.1.2), return paths, system users, URLs of the store and of the submission host. Nothing is looked up.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"
#include "conf/config.hh"

namespace crmrelay::conf {

constexpr std::size_t kDomainCap = 253;
constexpr std::size_t kLabelCap = 63;
constexpr std::size_t kLocalPartCap = 64;
constexpr std::size_t kTokenLength = 40;     // letters of a return path's token, which a local part keeps free

// RFC 5322 section 3.2.3.
constexpr bool is_atext(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}
constexpr std::size_t kLoginCap = 255;

// "example.com", lower case. Letters, digits and hyphens; no trailing dot; names in other scripts in their xn-- form.
base::Result<std::string> parse_domain(std::string_view text);

// The same, or with a leading "." for all that is below it.
base::Result<std::string> parse_domain_or_suffix(std::string_view text);

// "user@example.com": a dot-string and a domain, which comes back in lower case.
base::Result<std::string> parse_mailbox(std::string_view text);

// "{token}@bounce.example.com" or "bounce+{token}@example.com", lower case.
base::Result<ReturnPath> parse_return_path(std::string_view text);

// "crm", "keep" or "address:MAILBOX".
base::Result<Bounces> parse_bounces(std::string_view text);

// The name of an SPF record: a domain name, of which labels may hold "_" too.
base::Result<std::string> parse_spf_name(std::string_view text);

// "zoho": letters, digits, hyphens and underscores.
base::Result<std::string> parse_preset_name(std::string_view text);

// "127.0.0.1", "127.0.0.1:53" or "[::1]:53".
base::Result<base::Endpoint> parse_resolver(std::string_view text);

// "127.0.0.1:9127" or "[::1]:9127": a loopback address.
base::Result<base::Endpoint> parse_metrics_address(std::string_view text);

// A SASL login: one word of printable characters.
base::Result<std::string> parse_login(std::string_view text);

// The name of a header field (RFC 5322 section 2.2).
base::Result<std::string> parse_header_name(std::string_view text);

base::Result<std::string> parse_user(std::string_view text);              // a system user's name
base::Result<std::string> parse_file_path(std::string_view text);         // absolute
base::Result<std::string> parse_folder_path(std::string_view text);       // absolute; a slash at its end is dropped
base::Result<std::string> parse_store_url(std::string_view text);         // sqlite:///PATH or postgresql://…, without a password
base::Result<std::string> parse_server_name(std::string_view text);       // letters, digits, dots, hyphens
base::Result<std::string> parse_submit_url(std::string_view text);        // smtp://HOST:PORT
base::Result<std::string> parse_notice_recipient(std::string_view text);  // a mailbox, a local part (as Postfix has it), or nothing

}  // namespace crmrelay::conf
