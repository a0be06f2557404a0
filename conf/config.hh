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
#include "base/timezone.hh"

namespace crmrelay::conf {

// In the order in which refusals name them.
enum class Evidence { login, network, tls, certificate, tenant, dkim };

constexpr Evidence kAllEvidence[] = {Evidence::login, Evidence::network, Evidence::tls, Evidence::certificate, Evidence::tenant, Evidence::dkim};

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

// A client certificate: by the digest of it as Postfix reports it, or by its subject name where Postfix has verified its chain.
struct Certificate {
    enum class By { fingerprint, subject };
    By by = By::fingerprint;
    std::string value;       // "AB:CD:…", upper case, 32 octets; or the subject's common name

    bool operator==(const Certificate&) const = default;
};

// A header field that the CRM's cloud sets to tell its customers apart. It counts only beside a network, login or certificate that held.
struct Tenant {
    std::string header, value;
};

// Protocol versions of TLS as Postfix names them, oldest first.
enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

std::string_view name_of(TlsVersion version);                       // "TLSv1.2"
std::optional<TlsVersion> tls_version(std::string_view name);       // nothing for SSLv3 and the like

// Messages of one domain by each of its logins; 0 = no limit.
struct Limits {
    std::int64_t per_hour = 0, per_day = 0, recipients = 0;         // recipients: of one message

    bool any() const { return per_hour != 0 || per_day != 0; }
};

enum class Alignment { strict, relaxed };   // RFC 7489 section 3.1.1

struct DkimSigning {
    enum class Sign { never, missing, always };
    struct Key {
        std::string selector;
        std::string path;    // PEM, RSA or Ed25519
    };
    Sign sign = Sign::missing;
    std::vector<Key> keys;   // one or two: a message gets a signature of each; none only as read with "never"
    std::string domain;      // d=; the entry's name unless written
};

// Who is told of a domain's events by HTTP.
struct Webhook {
    enum class Format { standard, mailgun };
    std::string url;                         // https://…, or http://… where `private_addresses`
    std::string secret;                      // path: one secret a line; the first signs, a second one does too while receivers change
    std::vector<std::string> events;         // types, as event documents have them
    Format format = Format::standard;
    std::optional<std::vector<std::string>> headers;   // names of kept CRM headers that go along; absent: all
    bool private_addresses = false;          // the receiver may have a loopback, link-local or private address
    std::string ca;                          // path of the authorities to trust instead of the system's, or empty
    std::string proxy;                       // URL, or empty
    int connections = 8;                     // at once
    int connect_timeout = 10, timeout = 30;  // seconds; the latter of one attempt as a whole

    bool wants(std::string_view type) const;
};

// When a domain is switched off for the rest of its day.
struct Suspend {
    int after = 0;                           // failures in a row within one day; 0: the administrators are only told
    std::set<std::string, std::less<>> count = {"network", "tls", "certificate", "tenant", "dkim"};   // reasons that count as failures; "password" too
    int code = 451;                          // of the reply while suspended: 4yz
    std::string detail = "7.1";              // its enhanced code without the class
};

// How often the administrators of a domain get its figures.
enum class Digest { none, daily, weekly };

struct Domain {
    std::string name;                        // lower case
    std::vector<std::string> also;           // lower case; a leading "." covers subdomains
    Mode mode = Mode::enforce;
    std::string crm;                         // the preset's name, or empty
    std::vector<EvidenceSet> require;        // at least one; each holds network, login or certificate
    std::vector<base::Prefix> networks;
    std::vector<std::string> spf_networks;   // names of the "spf:NAME" entries, lower case
    std::vector<Certificate> certificates;
    std::optional<Tenant> tenant;
    TlsVersion tls_least = TlsVersion::tls1_2;
    Alignment dkim_alignment = Alignment::relaxed;
    std::optional<DkimSigning> dkim;         // absent: this domain's mail is not signed
    std::string archive;                     // mailbox that gets a copy of everything relayed, or empty
    Limits limits;
    std::vector<std::string> remove_headers; // fields of the CRM that are taken out, except where a signature covers them
    std::vector<std::string> logins;
    Bounces bounces;
    std::optional<ReturnPath> return_path;   // absent only where bounces = "keep"
    std::optional<Webhook> webhook;
    std::vector<std::string> headers;        // names of CRM headers that the record keeps
    std::vector<std::string> admins;
    base::TimeZone timezone;                 // whose days strikes are counted in, and notices and digests; UTC unless written
    std::string language = "en";             // of notices and digests: one of base::languages()
    Digest digest = Digest::none;
    Suspend suspend;
    bool falls_back = false;                 // the preset's vendor says: the CRM then sends from its own servers
};

struct Users {
    std::string policyd = "crmrelay-policyd";
    std::string milter = "crmrelay-milter";
    std::string bounced = "crmrelay-bounced";
};

// Where each daemon tells Prometheus of itself; absent: nowhere.
struct MetricsSockets {
    std::optional<base::Endpoint> policyd, milter, bounced;
};

struct Service {
    Users user;
    base::Endpoint milter, policy, bounce, admission, auth;
    MetricsSockets metrics;
    std::string store;                       // URL: sqlite:///PATH or postgresql://USER@HOST/DATABASE
    std::string store_password;              // path; empty: none, or libpq's passfile
    std::string server;                      // this server's name among those on one store; empty: the host's
    int takeover_after = 60;                 // seconds without a sign of life, after which the others do a server's work
    std::string keys;                        // path
    std::string logins;                      // path of the CRM's logins and their password hashes
    bool auth_plaintext = false;             // passwords are taken without TLS too
    std::vector<base::Endpoint> resolvers;   // inet:PORT@HOST; empty: those of /etc/resolv.conf
    std::string presets;                     // folder of the CRM presets
    std::string submit;                      // URL: smtp://HOST:PORT
    std::string syslog_path;                 // of the datagram socket
    int retain_days = 30;
    std::uint64_t bounce_size_limit = 1 << 20;      // octets of a bounce that are kept
    std::vector<int> retry_after = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};   // seconds from one attempt of a report to the next; the last repeats
    int retry_for = 5 * 86400;               // seconds after which it fails
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
