// SPDX-License-Identifier: BSD-2-Clause
//
// Rules made in memory: the domains that the policy tests share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conf/loader.hh"
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

inline SessionFacts session(const char* client, const char* login, bool tls) { return {ip(client), 4000, login, tls ? "TLSv1.3" : ""}; }

}  // namespace crmrelay::policy::test
