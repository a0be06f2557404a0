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
    Records(const std::vector<base::Endpoint>& resolvers, const Mending& mend, const Words& words) : resolvers_(resolvers), mend_(mend), tr(words) {}

    Findings of(const Signing& signing, const DkimPublicKey& key) {
        const auto name = signing.name();
        if (silent_) return {};
        const auto begin = std::chrono::steady_clock::now();
        const auto answer = ask_txt(name, resolvers_);
        if (answer.state == TxtAnswer::State::trouble) {
            silent_ = std::chrono::steady_clock::now() - begin > kSlow;
            auto words = tr("DKIM {name}: cannot be looked up: {error}", "name"_a = name, "error"_a = answer.words);
            if (silent_) words += tr("; further keys are not looked up");
            return {{Level::warn, std::move(words), tr("see [service] resolver")}};
        }
        const auto comparison = compare_dkim(key, answer.texts);
        const auto publish = tr("publish what `{command}` prints", "command"_a = mend_.dns(signing.domain.name));
        switch (comparison.outcome) {
            case DkimComparison::Outcome::match:
                if (comparison.words.empty()) return {{Level::ok, tr("DKIM {name}: the DNS has the key of {path}", "name"_a = name, "path"_a = signing.key.path), ""}};
                return {{Level::warn, fmt::format("DKIM {}: {}", name, comparison.words), publish}};
            case DkimComparison::Outcome::missing:
                return {{Level::fail, tr("DKIM {name}: the DNS has no such record, signatures do not verify", "name"_a = name), publish}};
            case DkimComparison::Outcome::differs:
                return {{Level::fail, tr("DKIM {name}: {difference}, signatures do not verify", "name"_a = name, "difference"_a = comparison.words), publish}};
        }
        return {};
    }

private:
    const std::vector<base::Endpoint>& resolvers_;
    const Mending& mend_;
    const Words& tr;
    bool silent_ = false;
};

Findings look_at(const Signing& signing, Records& records, const std::string& user, const Words& tr) {
    const auto key = read_dkim_key(signing.key.path);
    if (!key) return {{Level::fail, tr("DKIM key, as user {user}: {error}", "user"_a = user, "error"_a = key.error()), ""}};
    Findings out;
    if (key->type == "rsa" && key->bits < kRsaWanted)
        out.push_back({Level::warn, tr("DKIM key {path}: RSA with {bits} bits is weak", "path"_a = signing.key.path, "bits"_a = key->bits),
                       tr("make one of {bits} bits, under another selector", "bits"_a = kRsaWanted)});
    auto found = records.of(signing, *key);
    std::move(found.begin(), found.end(), std::back_inserter(out));
    return out;
}

}  // namespace

Findings check_dkim(const conf::Config& config, const Mending& mend, const Words& tr) {
    const auto signs = [](const conf::Domain& domain) { return domain.dkim && domain.dkim->sign != conf::DkimSigning::Sign::never; };
    if (std::ranges::none_of(config.domains, signs)) return {};
    const auto& user = config.service.user.milter;
    return as_user(user, [&] {
        Findings out;
        Records records(config.service.resolvers, mend, tr);
        for (const auto& domain : config.domains) {
            if (!signs(domain)) continue;
            for (const auto& key : domain.dkim->keys)
                for (auto& finding : look_at({domain, *domain.dkim, key}, records, user, tr)) {
                    finding.domain = domain.name;
                    out.push_back(std::move(finding));
                }
        }
        return out;
    });
}

}  // namespace crmrelay::ctl
