// SPDX-License-Identifier: BSD-2-Clause
//
// Judges evidence: network by the listed prefixes and SPF records, login and certificate by the lists, TLS by Postfix's word, tenant by its header,
// dkim by the signatures that the milter has verified.
#include "policy/evidence.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/public_suffix.hh"
#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using conf::Evidence;

Judgement held_if(bool held) { return held ? Judgement::held : Judgement::failed; }

Judgement judge_network(const Rules& rules, std::size_t domain, const SessionFacts& session) {
    if (std::ranges::binary_search(rules.with_network(session.client), static_cast<std::uint32_t>(domain))) return Judgement::held;
    Judgement out = Judgement::failed;
    for (const auto& name : rules.domain(domain).spf_networks) {
        const auto answer = std::ranges::find(session.spf, name, &SpfStanding::name);
        const auto standing = answer == session.spf.end() ? Standing::unknown : answer->standing;
        if (standing == Standing::in) return Judgement::held;
        if (standing == Standing::unknown) out = Judgement::unknown;
    }
    return out;
}

bool has_certificate(const conf::Domain& domain, const SessionFacts& session) {
    return std::ranges::any_of(domain.certificates, [&](const conf::Certificate& listed) {
        if (listed.by == conf::Certificate::By::fingerprint) return !session.fingerprint.empty() && base::iequals(listed.value, session.fingerprint);
        return !session.subject.empty() && base::iequals(listed.value, session.subject);
    });
}

bool has_tls(const conf::Domain& domain, const SessionFacts& session) {
    const auto version = conf::tls_version(session.tls);
    return version && *version >= domain.tls_least;
}

std::vector<std::string_view> values_of(const MessageFacts& message, std::string_view header) {
    std::vector<std::string_view> out;
    for (const auto& [name, value] : message.headers)
        if (base::iequals(name, header)) out.push_back(base::trim(value));
    return out;
}

// Once, and with this value: who can add a second one could add any.
Judgement judge_tenant(const conf::Domain& domain, const MessageFacts* message) {
    if (!domain.tenant) return Judgement::failed;
    if (!message) return Judgement::later;
    const auto values = values_of(*message, domain.tenant->header);
    return held_if(values.size() == 1 && values.front() == domain.tenant->value);
}

bool is_aligned(const conf::Domain& domain, std::string_view from_domain, std::string_view signer) {
    if (base::iequals(from_domain, signer)) return true;
    if (domain.dkim_alignment == conf::Alignment::strict) return false;
    const auto organisation = base::organisational_domain(from_domain);
    return !organisation.empty() && organisation == base::organisational_domain(signer);
}

Judgement judge_dkim(const conf::Domain& domain, const Exhibit& exhibit) {
    if (!exhibit.message) return Judgement::later;
    if (has_aligned_signature(domain, exhibit)) return Judgement::held;
    return exhibit.message->dkim_trouble.empty() ? Judgement::failed : Judgement::unknown;
}

std::string network_words(Judgement judgement, const SessionFacts& session) {
    if (judgement == Judgement::unknown) return fmt::format("whether client {} is in this domain's networks cannot be looked up now", session.client.text());
    return fmt::format("client {} is {}in this domain's networks", session.client.text(), judgement == Judgement::held ? "" : "not ");
}

std::string login_words(Judgement judgement, const SessionFacts& session) {
    if (session.login.empty()) return "this session is not logged in";
    return fmt::format("login {} is {}one of this domain's logins", session.login, judgement == Judgement::held ? "" : "not ");
}

std::string tls_words(const conf::Domain& domain, Judgement judgement, const SessionFacts& session) {
    if (judgement == Judgement::held) return fmt::format("the session is encrypted ({})", session.tls);
    if (session.tls.empty()) return "this session is not encrypted, use STARTTLS";
    return fmt::format("this session is encrypted by {}, and {} or newer is needed", session.tls, conf::name_of(domain.tls_least));
}

std::string certificate_words(Judgement judgement, const SessionFacts& session) {
    if (session.fingerprint.empty() && session.subject.empty()) return "this session shows no client certificate";
    const auto shown = session.fingerprint.empty() ? session.subject : session.fingerprint;
    return fmt::format("client certificate {} is {}one of this domain's certificates", shown, judgement == Judgement::held ? "" : "not ");
}

std::string tenant_words(const conf::Domain& domain, Judgement judgement, const MessageFacts* message) {
    if (!domain.tenant) return "this domain names no tenant";
    const auto& header = domain.tenant->header;
    if (judgement == Judgement::later) return fmt::format("the message's {} header decides", header);
    if (judgement == Judgement::held) return fmt::format("{} is this domain's", header);
    const auto count = values_of(*message, header).size();
    if (count == 0) return fmt::format("the message has no {} header", header);
    if (count > 1) return fmt::format("the message has {} {} headers", count, header);
    return fmt::format("{} names another tenant than this domain's", header);
}

std::string dkim_words(Judgement judgement, const Exhibit& exhibit) {
    switch (judgement) {
        case Judgement::later: return "the message's DKIM signatures decide";
        case Judgement::held: return fmt::format("a DKIM signature aligned with {} is valid", exhibit.from_domain);
        case Judgement::unknown: return fmt::format("DKIM signatures cannot be judged now: {}", exhibit.message->dkim_trouble);
        case Judgement::failed: break;
    }
    if (exhibit.message->dkim.empty()) return "the message has no valid DKIM signature";
    return fmt::format("the valid DKIM signature is of {}, which is not aligned with {}", exhibit.message->dkim.front(), exhibit.from_domain);
}

}  // namespace

bool has_aligned_signature(const conf::Domain& domain, const Exhibit& exhibit) {
    return exhibit.message && std::ranges::any_of(exhibit.message->dkim, [&](const std::string& signer) { return is_aligned(domain, exhibit.from_domain, signer); });
}

Judgement judge(const Rules& rules, std::size_t index, Evidence kind, const Exhibit& exhibit) {
    const auto& domain = rules.domain(index);
    switch (kind) {
        case Evidence::network: return judge_network(rules, index, exhibit.session);
        case Evidence::login: return held_if(std::ranges::find(rules.with_login(exhibit.session.login), index) != rules.with_login(exhibit.session.login).end());
        case Evidence::tls: return held_if(has_tls(domain, exhibit.session));
        case Evidence::certificate: return held_if(has_certificate(domain, exhibit.session));
        case Evidence::tenant: return judge_tenant(domain, exhibit.message);
        case Evidence::dkim: return judge_dkim(domain, exhibit);
    }
    return Judgement::failed;
}

Ruling rule(const Rules& rules, std::size_t domain, const Exhibit& exhibit) {
    Ruling out;
    std::size_t least = std::size(conf::kAllEvidence) + 1;
    for (const auto& set : rules.domain(domain).require) {
        if (set.empty()) continue;   // would hold for everybody
        std::size_t failed = 0;
        std::optional<Evidence> first, unknown;
        for (const auto kind : conf::kAllEvidence) {
            if (!set.contains(kind)) continue;
            const auto judgement = judge(rules, domain, kind, exhibit);
            if (judgement == Judgement::unknown && !unknown) unknown = kind;
            if (judgement != Judgement::failed) continue;
            ++failed;
            if (!first) first = kind;
        }
        if (failed == 0 && !unknown) return {Judgement::held, std::nullopt};
        if (failed < least) {
            least = failed;
            out = {failed == 0 ? Judgement::unknown : Judgement::failed, failed == 0 ? unknown : first};
        }
    }
    return out;
}

std::string words_for(const Rules& rules, std::size_t domain, Evidence kind, const Exhibit& exhibit) {
    const auto judgement = judge(rules, domain, kind, exhibit);
    switch (kind) {
        case Evidence::network: return network_words(judgement, exhibit.session);
        case Evidence::login: return login_words(judgement, exhibit.session);
        case Evidence::tls: return tls_words(rules.domain(domain), judgement, exhibit.session);
        case Evidence::certificate: return certificate_words(judgement, exhibit.session);
        case Evidence::tenant: return tenant_words(rules.domain(domain), judgement, exhibit.message);
        case Evidence::dkim: return dkim_words(judgement, exhibit);
    }
    return {};
}

std::vector<Finding> examine(const Rules& rules, std::size_t domain, const Exhibit& exhibit) {
    std::vector<Finding> out;
    for (const auto kind : conf::kAllEvidence) {
        const bool required = std::ranges::any_of(rules.domain(domain).require, [&](const auto& set) { return set.contains(kind); });
        out.push_back({kind, required, judge(rules, domain, kind, exhibit), words_for(rules, domain, kind, exhibit)});
    }
    return out;
}

}  // namespace crmrelay::policy
