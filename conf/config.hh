// SPDX-License-Identifier: BSD-2-Clause
//
// The configuration as values: what crmrelay.toml and domains.d/*.toml say, checked and with defaults filled in. It decides nothing.
// Keys, units and defaults are those of crmrelay.toml.sample.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hh"
#include "base/ip.hh"

namespace crmrelay::conf {

enum class Evidence { network, login, tls };

std::string_view name_of(Evidence evidence);   // "network", as the key, the log and the bracket say it

// Kinds that must all hold together; `require` is a list of them, of which one suffices.
using EvidenceSet = std::set<Evidence>;

enum class Mode { enforce, observe };

struct ReturnPath {
    std::string prefix;      // "bounce+" of "bounce+{token}@example.com", lower case; may be empty
    std::string domain;      // lower case

    // The local part that a remote sends to when it drops the extension: the prefix without its last character; empty where there is none.
    std::string bare_local() const;
    std::string address(std::string_view token) const;
};

struct Bounces {
    enum class To { crm, address, keep };
    To to = To::crm;
    std::string address;     // for To::address
};

struct Domain {
    std::string name;                        // lower case
    std::vector<std::string> also;           // lower case; a leading "." covers subdomains
    Mode mode = Mode::enforce;
    std::vector<EvidenceSet> require;        // at least one; each holds network or login
    std::vector<base::Prefix> networks;
    std::vector<std::string> logins;
    Bounces bounces;
    std::optional<ReturnPath> return_path;   // absent only where bounces = "keep"
    std::vector<std::string> headers;        // names of CRM headers that the record keeps
    std::vector<std::string> admins;
};

struct Users {
    std::string policyd = "crmrelay-policyd";
    std::string milter = "crmrelay-milter";
    std::string bounced = "crmrelay-bounced";
};

struct Service {
    Users user;
    base::Endpoint milter, policy, bounce, admission;
    std::string store;                       // URL: sqlite:///PATH
    std::string keys;                        // path
    std::string submit;                      // URL: smtp://HOST:PORT
    std::string syslog_path;                 // of the datagram socket
    int retain_days = 30;
    std::uint64_t bounce_size_limit = 1 << 20;      // octets of a bounce that are kept
    int forward_limit = 10;                  // messages that are no bounce, handed on a token a day
    std::string former_2bounce_recipient;    // who had Postfix's double-bounce notices before; empty: postmaster
};

struct Config {
    Service service;
    std::vector<Domain> domains;             // in the order of their names

    // The entry that speaks for this RFC5322.From domain (any case): its own name, one of `also`, or below a "." entry; else nullptr.
    const Domain* domain_of(std::string_view from_domain) const;
    // The entries that list this login, by index.
    const std::vector<std::size_t>& with_login(std::string_view login) const;

    // Built by the loader from the above.
    std::map<std::string, std::size_t, std::less<>> by_name;             // exact names
    std::map<std::string, std::size_t, std::less<>> by_suffix;           // names of "." entries, without the "."
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_login;   // lower case
};

using Snapshot = std::shared_ptr<const Config>;

}  // namespace crmrelay::conf
