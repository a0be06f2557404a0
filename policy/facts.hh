// SPDX-License-Identifier: BSD-2-Clause
//
// What is known of a session and of a message when a decision is made. Plain values, gathered by the shells.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.hh"

namespace crmrelay::policy {

struct SessionFacts {
    base::IpAddress client;
    std::uint16_t port = 0;      // the client's; 0 where Postfix does not know it
    std::string login;           // SASL user name, empty without one
    std::string tls;             // protocol ("TLSv1.3"), empty without TLS
    std::uint16_t service = 0;   // the server's port; 0 where Postfix does not tell it
};

struct RecipientFacts {
    std::string address;         // without angles
    std::string orcpt, notify;   // RFC 3461 parameters as given, or empty
};

struct MessageFacts {
    std::string queue_id;
    std::string sender;                      // envelope sender without angles; empty for <>
    std::string envid, ret;                  // RFC 3461 parameters as given, or empty
    std::uint64_t size = 0;                  // SIZE= as declared (RFC 1870), or 0
    std::vector<RecipientFacts> recipients;
    std::vector<std::string> from;           // the value of every From field
    std::string message_id;
    std::vector<std::pair<std::string, std::string>> headers;   // fields that some domain's record keeps
};

}  // namespace crmrelay::policy
