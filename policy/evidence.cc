// SPDX-License-Identifier: BSD-2-Clause
//
// Judges evidence: network by the listed prefixes, login by the listed names, TLS by Postfix's word.
#include "policy/evidence.hh"

#include <fmt/format.h>

#include <algorithm>

namespace crmrelay::policy {

namespace {

using conf::Evidence;

// In the order in which refusals name them.
constexpr Evidence kAll[] = {Evidence::login, Evidence::network, Evidence::tls};

}  // namespace

bool holds(const Rules& rules, std::size_t domain, Evidence kind, const SessionFacts& facts) {
    switch (kind) {
        case Evidence::network: return std::ranges::binary_search(rules.with_network(facts.client), static_cast<std::uint32_t>(domain));
        case Evidence::login: return std::ranges::find(rules.with_login(facts.login), domain) != rules.with_login(facts.login).end();
        case Evidence::tls: return !facts.tls.empty();
    }
    return false;
}

bool admits(const Rules& rules, std::size_t domain, const SessionFacts& facts) {
    return std::ranges::any_of(rules.domain(domain).require, [&](const conf::EvidenceSet& set) {
        return std::ranges::all_of(set, [&](Evidence kind) { return holds(rules, domain, kind, facts); });
    });
}

std::optional<Evidence> lacking(const Rules& rules, std::size_t domain, const SessionFacts& facts) {
    std::optional<Evidence> out;
    std::size_t least = std::size(kAll) + 1;
    for (const auto& set : rules.domain(domain).require) {
        std::size_t failed = 0;
        std::optional<Evidence> first;
        for (const auto kind : kAll)
            if (set.contains(kind) && !holds(rules, domain, kind, facts)) {
                ++failed;
                if (!first) first = kind;
            }
        if (failed == 0) return std::nullopt;
        if (failed < least) {
            least = failed;
            out = first;
        }
    }
    return out;
}

std::string words_for(Evidence kind, bool held, const SessionFacts& facts) {
    switch (kind) {
        case Evidence::network: return fmt::format("client {} is {}in this domain's networks", facts.client.text(), held ? "" : "not ");
        case Evidence::login:
            if (facts.login.empty()) return "this session is not logged in";
            return fmt::format("login {} is {}one of this domain's logins", facts.login, held ? "" : "not ");
        case Evidence::tls: return held ? fmt::format("the session is encrypted ({})", facts.tls) : "this session is not encrypted, use STARTTLS";
    }
    return {};
}

std::vector<Finding> examine(const Rules& rules, std::size_t domain, const SessionFacts& facts) {
    std::vector<Finding> out;
    for (const auto kind : kAll) {
        const bool held = holds(rules, domain, kind, facts);
        const bool required = std::ranges::any_of(rules.domain(domain).require, [&](const auto& set) { return set.contains(kind); });
        out.push_back({kind, required, held, words_for(kind, held, facts)});
    }
    return out;
}

}  // namespace crmrelay::policy
