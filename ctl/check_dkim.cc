// SPDX-License-Identifier: BSD-2-Clause
//
// Is each signing key readable for the milter, and does the DNS hold its public half?
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>

#include "ctl/check_parts.hh"
#include "ctl/dkim_record.hh"
#include "ctl/dns_query.hh"
#include "ctl/process.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kRsaWanted = 2048;   // RFC 8301 section 3.2
constexpr auto kSlow = std::chrono::milliseconds(1500);

struct Signing {
    const conf::Domain& domain;
    const conf::DkimSigning& dkim;
    const conf::DkimSigning::Key& key;

    std::string name() const { return fmt::format("{}._domainkey.{}", key.selector, dkim.domain.empty() ? domain.name : dkim.domain); }
};

// What the DNS holds. After a question that nobody answered no other is put: each would take its seconds.
class Records {
public:
    Records(const std::vector<base::Endpoint>& resolvers, std::string ctl) : resolvers_(resolvers), ctl_(std::move(ctl)) {}

    Findings of(const Signing& signing, const DkimPublicKey& key) {
        const auto name = signing.name();
        if (silent_) return {};
        const auto begin = std::chrono::steady_clock::now();
        const auto answer = ask_txt(name, resolvers_);
        if (answer.state == TxtAnswer::State::trouble) {
            silent_ = std::chrono::steady_clock::now() - begin > kSlow;
            return {{Level::warn, fmt::format("DKIM {}: cannot be looked up: {}{}", name, answer.words, silent_ ? "; further keys are not looked up" : ""),
                     "see [service] resolver"}};
        }
        const auto comparison = compare_dkim(key, answer.texts);
        const auto publish = fmt::format("publish what {} dns {} prints", ctl_, signing.domain.name);
        switch (comparison.outcome) {
            case DkimComparison::Outcome::match:
                if (comparison.words.empty()) return {{Level::ok, fmt::format("DKIM {}: the DNS has the key of {}", name, signing.key.path), ""}};
                return {{Level::warn, fmt::format("DKIM {}: {}", name, comparison.words), publish}};
            case DkimComparison::Outcome::missing: return {{Level::fail, fmt::format("DKIM {}: the DNS has no such record, signatures do not verify", name), publish}};
            case DkimComparison::Outcome::differs: return {{Level::fail, fmt::format("DKIM {}: {}, signatures do not verify", name, comparison.words), publish}};
        }
        return {};
    }

private:
    const std::vector<base::Endpoint>& resolvers_;
    std::string ctl_;
    bool silent_ = false;
};

Findings look_at(const Signing& signing, Records& records, const std::string& user) {
    const auto key = read_dkim_key(signing.key.path);
    if (!key) return {{Level::fail, fmt::format("DKIM key, as user {}: {}", user, key.error()), ""}};
    Findings out;
    if (key->type == "rsa" && key->bits < kRsaWanted)
        out.push_back({Level::warn, fmt::format("DKIM key {}: RSA with {} bits is weak", signing.key.path, key->bits), fmt::format("make one of {}, under another selector", kRsaWanted)});
    auto found = records.of(signing, *key);
    std::move(found.begin(), found.end(), std::back_inserter(out));
    return out;
}

}  // namespace

Findings check_dkim(const conf::Config& config, const std::string& ctl) {
    const auto signs = [](const conf::Domain& domain) { return domain.dkim && domain.dkim->sign != conf::DkimSigning::Sign::never; };
    if (std::ranges::none_of(config.domains, signs)) return {};
    const auto& user = config.service.user.milter;
    return as_user(user, [&] {
        Findings out;
        Records records(config.service.resolvers, ctl);
        for (const auto& domain : config.domains) {
            if (!signs(domain)) continue;
            for (const auto& key : domain.dkim->keys) {
                auto found = look_at({domain, *domain.dkim, key}, records, user);
                std::move(found.begin(), found.end(), std::back_inserter(out));
            }
        }
        return out;
    });
}

}  // namespace crmrelay::ctl
