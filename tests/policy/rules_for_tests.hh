// SPDX-License-Identifier: BSD-2-Clause
//
// Rules made in memory: the domains that the policy tests share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conf/loader.hh"
#include "policy/evidence.hh"
#include "policy/rules.hh"

namespace crmrelay::policy::test {

inline base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

inline conf::Domain domain(const char* name, std::vector<conf::EvidenceSet> require, std::vector<const char*> networks, std::vector<std::string> logins) {
    conf::Domain out;
    out.name = name;
    out.require = std::move(require);
    for (const auto* network : networks) out.networks.push_back(*base::Prefix::parse(network));
    out.logins = std::move(logins);
    out.return_path = conf::ReturnPath{"", std::string("bounce.") + name};
    out.headers = {"X-SFDC-EntityId"};
    out.admins = {std::string("postmaster@") + name};
    return out;
}

inline constexpr auto kNetwork = conf::Evidence::network;
inline constexpr auto kLogin = conf::Evidence::login;
inline constexpr auto kTls = conf::Evidence::tls;
inline constexpr auto kCertificate = conf::Evidence::certificate;
inline constexpr auto kTenant = conf::Evidence::tenant;
inline constexpr auto kDkim = conf::Evidence::dkim;

// example.com: network + login + TLS; example.org: login + TLS, or network alone of 198.51.100.0/24; watch.test observes, as example.com.
inline std::vector<conf::Domain> usual_domains() {
    auto com = domain("example.com", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24", "2001:db8::/32"}, {"crm@example.com"});
    com.also = {"example.co.jp", ".mail.example.com"};
    auto org = domain("example.org", {{kLogin, kTls}, {kNetwork}}, {"198.51.100.0/24"}, {"crm@example.org"});
    org.return_path = conf::ReturnPath{"bounce+", "example.org"};
    auto watch = domain("watch.test", {{kNetwork, kLogin, kTls}}, {"203.0.113.0/25"}, {"crm@watch.test"});
    watch.mode = conf::Mode::observe;
    return {com, org, watch};
}

inline const char* const kKey = "0123456789abcdef0123456789abcdef";

inline Rules rules_of(std::vector<conf::Domain> domains, std::vector<std::string> keys = {kKey}) {
    auto config = std::make_shared<conf::Config>();
    config->domains = std::move(domains);
    conf::build_lookups(*config);
    return Rules(config, TokenKeys(std::move(keys)));
}

// The required pieces of one judgement, in the order of the list.
inline std::string pieces(const std::vector<Finding>& findings, Judgement judgement) {
    std::string out;
    for (const auto& finding : findings)
        if (finding.required && finding.judgement == judgement) out += (out.empty() ? "" : ",") + std::string(conf::name_of(finding.kind));
    return out;
}

inline SessionFacts session(const char* client, const char* login, bool tls) {
    SessionFacts out;
    out.client = ip(client);
    out.port = 4000;
    out.server = ip("192.0.2.1");   // as request() says
    out.login = login;
    if (tls) out.tls = "TLSv1.3";
    return out;
}

inline SessionFacts with_spf(SessionFacts facts, std::vector<SpfStanding> spf) {
    facts.spf = std::move(spf);
    return facts;
}

// Digests as Postfix writes them: 32 octets.
inline const std::string kDigest = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89";
inline const std::string kOtherDigest = "00:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89";

inline conf::Certificate by_fingerprint(std::string digest) { return {conf::Certificate::By::fingerprint, std::move(digest)}; }
inline conf::Certificate by_subject(std::string name) { return {conf::Certificate::By::subject, std::move(name)}; }

inline SessionFacts with_certificate(SessionFacts facts, std::string fingerprint, std::string subject = {}) {
    facts.fingerprint = std::move(fingerprint);
    facts.subject = std::move(subject);
    return facts;
}

inline MessageFacts message(std::vector<std::string> from, std::string sender = "b@crm.test") {
    MessageFacts out;
    out.queue_id = "4F1";
    out.sender = std::move(sender);
    out.from = std::move(from);
    out.recipients = {{"customer@dest.test", "", ""}};
    return out;
}

}  // namespace crmrelay::policy::test
