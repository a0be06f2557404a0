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

// Whether an SPF record passes a client; `unknown` where DNS cannot say now, or nobody has asked.
enum class Standing { in, out, unknown };

struct SpfStanding {
    std::string name;            // of the record, lower case
    Standing standing = Standing::unknown;
};

struct SessionFacts {
    base::IpAddress client;
    std::uint16_t port = 0;      // the client's; 0 where Postfix does not know it
    std::string login;           // SASL user name, empty without one
    std::string tls;             // protocol ("TLSv1.3"), empty without TLS
    std::uint16_t service = 0;   // the server's port; 0 where Postfix does not tell it
    std::string fingerprint;     // of the client's certificate, "AB:CD:…", by the digest that Postfix uses; empty without one
    std::string subject;         // its common name, only where Postfix has verified the chain
    base::IpAddress server;      // the server's own address; "::" where Postfix does not tell it
    std::vector<SpfStanding> spf;  // of the "spf:" networks that were looked at
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
    std::vector<std::pair<std::string, std::string>> headers;   // fields that some domain's record keeps, or its tenant names; each occurrence
    std::vector<std::string> dkim;           // d= of each DKIM signature that verified, lower case
    std::string dkim_trouble;                // why a signature could not be judged now (a DNS failure), or empty
};

}  // namespace crmrelay::policy
