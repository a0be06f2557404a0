// SPDX-License-Identifier: BSD-2-Clause
//
// What happens to a CRM's message: decided by its RFC5322.From.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "policy/decision.hh"
#include "policy/from.hh"

namespace crmrelay::policy {

namespace {

Refusal from_refusal(std::string_view domain, std::string_view words) {
    return {std::string(domain), "from", Reply::permanent("7.1", "from", domain.empty() ? std::string(words) : fmt::format("{}: {}", domain, words)), false};
}

// The entry that all addresses of the one From field belong to.
struct Speaker {
    const conf::Domain* domain = nullptr;
    std::string from;
    std::string from_domain;
    std::optional<Refusal> refusal;
};

Speaker speaker_of(const Rules& rules, const std::vector<std::string>& fields) {
    Speaker out;
    if (fields.size() != 1) {
        out.refusal = from_refusal("", fields.empty() ? "the message has no From field" : fmt::format("the message has {} From fields", fields.size()));
        return out;
    }
    const auto mailboxes = parse_from(fields.front());
    if (!mailboxes) {
        out.refusal = from_refusal("", "the From field cannot be read without doubt: it holds " + mailboxes.error());
        return out;
    }
    for (const auto& mailbox : *mailboxes) {
        const auto* domain = rules.config().domain_of(mailbox.domain);
        if (!domain) {
            out.refusal = from_refusal(mailbox.domain, "this From domain is not configured for relaying");
        } else if (out.domain && out.domain != domain) {
            out.refusal = from_refusal(mailbox.domain, fmt::format("the From field also holds an address of {}", out.domain->name));
        }
        if (out.refusal) {
            out.domain = nullptr;
            return out;
        }
        out.domain = domain;
    }
    out.from = mailboxes->front().text();
    out.from_domain = mailboxes->front().domain;
    return out;
}

bool in_bounce_domain(const conf::Config& config, std::string_view sender, std::string_view& local, std::string_view& domain) {
    const auto at = sender.rfind('@');
    if (at == std::string_view::npos) return false;
    local = sender.substr(0, at);
    domain = sender.substr(at + 1);
    while (domain.ends_with('.')) domain.remove_suffix(1);   // Postfix takes it off
    return std::ranges::any_of(config.domains, [&](const conf::Domain& d) {
        if (!d.return_path || !base::iequals(d.return_path->domain, domain)) return false;
        const auto& prefix = d.return_path->prefix;
        return prefix.empty() || base::istarts_with(local, prefix) || base::iequals(local, d.return_path->bare_local());
    });
}

// The whole local part is some entry's pattern with a genuine token: bounces to anything else would be refused.
bool is_our_token(const Rules& rules, std::string_view local, std::string_view domain, base::Seconds now) {
    return std::ranges::any_of(rules.config().domains, [&](const conf::Domain& d) {
        if (!d.return_path || !base::iequals(d.return_path->domain, domain) || !base::istarts_with(local, d.return_path->prefix)) return false;
        return rules.keys().check(local.substr(d.return_path->prefix.size()), domain, now, rules.token_life()).verdict == TokenKeys::Verdict::genuine;
    });
}

// Signed already means: valid, and aligned as the domain asks for.
bool wants_signature(const conf::Domain& domain, const Exhibit& exhibit) {
    using Sign = conf::DkimSigning::Sign;
    if (!domain.dkim || domain.dkim->sign == Sign::never) return false;
    return domain.dkim->sign == Sign::always || !has_aligned_signature(domain, exhibit);
}

// Who is a recipient anyway needs no copy.
std::string archive_of(const conf::Domain& domain, const MessageFacts& message) {
    const auto is_it = [&](const RecipientFacts& recipient) { return base::iequals(recipient.address, domain.archive); };
    return std::ranges::any_of(message.recipients, is_it) ? std::string() : domain.archive;
}

}  // namespace

std::string from_domain_of(const Rules& rules, const MessageFacts& message) { return speaker_of(rules, message.from).from_domain; }

std::vector<std::string> spf_names_of(const Rules& rules, const MessageFacts& message) {
    const auto speaker = speaker_of(rules, message.from);
    return speaker.domain ? speaker.domain->spf_networks : std::vector<std::string>();
}

MessageVerdict message_verdict(const Rules& rules, const SessionFacts& session, const MessageFacts& message, bool granted, base::Seconds now,
                               const Suspensions& suspended) {
    using Kind = MessageVerdict::Kind;
    const auto by_login = rules.with_login(session.login);
    if (!granted && by_login.empty()) return {};

    auto speaker = speaker_of(rules, message.from);
    // A proved login of an observing domain keeps what Postfix alone would have given it.
    const bool login_observes = std::ranges::any_of(by_login, [&](std::size_t i) { return rules.domain(i).mode == conf::Mode::observe; });
    const auto refuse = [&](Refusal refusal, const conf::Domain* concerned) {
        MessageVerdict out;
        refusal.observed = login_observes && (!concerned || concerned->mode == conf::Mode::observe);
        out.kind = refusal.observed ? Kind::pass : Kind::refuse;
        out.refusal = std::move(refusal);
        return out;
    };
    if (speaker.refusal) return refuse(std::move(*speaker.refusal), nullptr);

    const auto index = static_cast<std::size_t>(speaker.domain - rules.config().domains.data());
    const Exhibit exhibit{session, &message, speaker.from_domain};
    if (const auto ruling = rule(rules, index, exhibit); ruling.judgement != Judgement::held) {
        const auto kind = ruling.lacking.value_or(conf::Evidence::login);
        const auto words = fmt::format("{}: {}", speaker.domain->name, words_for(rules, index, kind, exhibit));
        if (ruling.judgement == Judgement::unknown)
            return refuse({speaker.domain->name, "unavailable", Reply::temporary("4.3", "unavailable", words), false, examine(rules, index, exhibit)}, speaker.domain);
        const auto reason = conf::name_of(kind);
        return refuse({speaker.domain->name, std::string(reason), Reply::permanent("7.1", reason, words), false, examine(rules, index, exhibit)}, speaker.domain);
    }
    if (const auto off = suspended.find(speaker.domain->name); off != suspended.end()) {
        MessageVerdict out;
        out.kind = Kind::refuse;
        out.refusal = Refusal{speaker.domain->name, "suspended", off->second, false};
        return out;
    }
    const auto recipients = static_cast<std::int64_t>(message.recipients.size());
    if (const auto most = speaker.domain->limits.recipients; most != 0 && recipients > most) {
        const auto words = fmt::format("{}: the message has {} recipients, and this domain's limit is {}", speaker.domain->name, recipients, most);
        return refuse({speaker.domain->name, "limit", Reply::temporary("7.1", "limit", words), false}, speaker.domain);
    }

    MessageVerdict out;
    out.kind = Kind::relay;
    out.domain = speaker.domain;
    out.findings = examine(rules, index, exhibit);
    out.from = std::move(speaker.from);
    out.archive = archive_of(*speaker.domain, message);
    out.sign = wants_signature(*speaker.domain, exhibit);
    out.rewrite = speaker.domain->bounces.to != conf::Bounces::To::keep && !message.sender.empty();
    if (std::string_view local, domain; out.rewrite && in_bounce_domain(rules.config(), message.sender, local, domain)) {
        if (!is_our_token(rules, local, domain, now)) {
            const auto words = fmt::format("{}: the return path <{}> lies in our own bounce domain and is none of ours", speaker.domain->name, message.sender);
            return refuse({speaker.domain->name, "bounce-address", Reply::permanent("7.1", "bounce-address", words), false}, speaker.domain);
        }
        out.rewrite = false;   // it was rewritten already
    }
    return out;
}

}  // namespace crmrelay::policy
