// SPDX-License-Identifier: BSD-2-Clause
//
// Asks policy's own decisions about a made-up session and message, and prints what they say. It decides nothing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"
#include "conf/evidence_reader.hh"
#include "ctl/explain.hh"
#include "ctl/message_header.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/replace_file.hh"
#include "policy/decision.hh"
#include "policy/from.hh"

namespace crmrelay::ctl {

namespace {

using policy::MessageVerdict;
using policy::SessionVerdict;

constexpr int kVerdictsMost = 1'000'000;

struct Case {
    policy::SessionFacts session;
    policy::MessageFacts message;
    std::string tenant;      // the value of whatever tenant header the domain names
};

struct Explanation {
    SessionVerdict session;
    MessageVerdict message;
    const conf::Domain* domain = nullptr;    // that the From field speaks for
    std::vector<policy::Finding> findings;   // of that domain

    // A session that is refused at RCPT brings no message.
    bool stopped() const { return session.kind == SessionVerdict::Kind::refuse || session.kind == SessionVerdict::Kind::defer; }
    bool relayed() const { return !stopped() && message.kind == MessageVerdict::Kind::relay; }
};

// No token is judged here: any key will do.
policy::Rules rules_of(conf::Config config) {
    return {std::make_shared<const conf::Config>(std::move(config)), policy::TokenKeys({base::hex(base::random_octets(32))})};
}

Explanation explain_case(const policy::Rules& rules, const Case& about) {
    Explanation out;
    out.session = policy::session_verdict(rules, about.session);
    out.message = policy::message_verdict(rules, about.session, about.message, out.session.kind == SessionVerdict::Kind::grant, base::now());
    for (const auto& field : about.message.from)
        if (const auto mailboxes = policy::parse_from(field); mailboxes && !out.domain && !mailboxes->empty())
            out.domain = rules.config().domain_of(mailboxes->front().domain);
    if (!out.domain) return out;
    const auto from_domain = policy::parse_from(about.message.from.front())->front().domain;
    const auto index = static_cast<std::size_t>(out.domain - rules.config().domains.data());
    out.findings = policy::examine(rules, index, {about.session, &about.message, from_domain});
    return out;
}

// The headers that evidence needs are the message's own, or the one that --tenant stands for.
void fill_headers(const conf::Config& config, std::string_view text, Case& about) {
    const conf::Domain* speaker = nullptr;
    for (const auto& field : about.message.from)
        if (const auto mailboxes = policy::parse_from(field); mailboxes && !mailboxes->empty() && !speaker) speaker = config.domain_of(mailboxes->front().domain);
    if (!speaker || !speaker->tenant) return;
    const auto& header = speaker->tenant->header;
    for (auto& value : field_values(text, header)) about.message.headers.emplace_back(header, std::move(value));
    if (!about.tenant.empty()) about.message.headers.emplace_back(header, about.tenant);
}

// What policyd last heard of the "spf:" networks: nothing is looked up here. A name of which it knows nothing stays unknown.
void fill_networks(const conf::Config& config, Case& about) {
    const bool any = std::ranges::any_of(config.domains, [](const conf::Domain& domain) { return !domain.spf_networks.empty(); });
    if (!any) return;
    auto store = open_store(config);
    const auto client = about.session.client.text();
    const auto names = store.spf_names();
    for (const auto& verdict : store.spf_verdicts(kVerdictsMost)) {
        if (verdict.client != client) continue;
        const bool refused = std::ranges::any_of(names, [&](const store::SpfName& name) { return name.name == verdict.name && name.refused; });
        about.session.spf.push_back({verdict.name, verdict.passed && !refused ? policy::Standing::in : policy::Standing::out});
    }
}

std::string words_of(const SessionVerdict& verdict) {
    switch (verdict.kind) {
        case SessionVerdict::Kind::grant: return "granted: the rule of a domain can hold, the From field decides";
        case SessionVerdict::Kind::refuse: return "refused";
        case SessionVerdict::Kind::defer: return "told to come again: what decides cannot be looked up now (or policyd has not looked at it yet)";
        case SessionVerdict::Kind::not_ours: break;
    }
    if (verdict.refusal) return fmt::format("left to Postfix: {} only observes", verdict.refusal->domain);
    return "left to Postfix: neither network, login nor certificate is a CRM's";
}

std::string words_of(const Explanation& explanation) {
    if (explanation.stopped()) return "never comes: its session is refused";
    switch (explanation.message.kind) {
        case MessageVerdict::Kind::relay: return fmt::format("relayed for {}", explanation.message.domain->name);
        case MessageVerdict::Kind::refuse: return "refused";
        case MessageVerdict::Kind::pass: break;
    }
    return explanation.message.refusal ? "left to Postfix, the refusal is only logged" : "left to Postfix: it is not a CRM's";
}

std::string return_path_of(const conf::Domain& domain) {
    if (domain.bounces.to == conf::Bounces::To::keep || !domain.return_path) return "kept as the CRM gives it";
    return fmt::format("rewritten to {}", domain.return_path->address("{token}"));
}

const policy::Refusal* refusal_of(const Explanation& explanation) {
    if (explanation.session.refusal) return &*explanation.session.refusal;
    return explanation.message.refusal ? &*explanation.message.refusal : nullptr;
}

std::string state_of(const policy::Finding& finding) {
    switch (finding.judgement) {
        case policy::Judgement::held: return "held";
        case policy::Judgement::failed: return finding.required ? "failed" : "not required";
        case policy::Judgement::unknown: return "not known";
        case policy::Judgement::later: break;
    }
    return "not looked at";
}

bool held(const policy::Finding& finding) { return finding.judgement == policy::Judgement::held; }

std::string require_of(const conf::Domain& domain) {
    std::string out;
    for (const auto& set : domain.require) {
        if (!out.empty()) out += "; or ";
        bool first = true;
        for (const auto kind : set) {
            if (!std::exchange(first, false)) out += " and ";
            out += conf::name_of(kind);
        }
    }
    return out;
}

void print_text(const Case& about, const Explanation& explanation) {
    std::vector<std::pair<std::string, std::string>> lines{{"client", about.session.client.text()},
                                                           {"login", about.session.login.empty() ? "none" : about.session.login}};
    for (const auto& field : about.message.from) lines.emplace_back("From", field);
    lines.emplace_back("domain", explanation.domain ? fmt::format("{} ({})", explanation.domain->name,
                                                                  explanation.domain->mode == conf::Mode::observe ? "observes" : "enforces")
                                                    : "none is configured for this From field");
    if (explanation.domain) lines.emplace_back("requires", require_of(*explanation.domain));
    for (const auto& finding : explanation.findings)
        lines.emplace_back(std::string(conf::name_of(finding.kind)),
                           fmt::format("{}: {}{}", state_of(finding), finding.words, held(finding) && !finding.required ? " (not required)" : ""));
    lines.emplace_back("at RCPT", words_of(explanation.session));
    lines.emplace_back("message", words_of(explanation));
    if (const auto* const refusal = refusal_of(explanation)) lines.emplace_back(refusal->observed ? "logged" : "reply", refusal->reply.line());
    if (explanation.relayed()) lines.emplace_back("return path", return_path_of(*explanation.message.domain));
    fmt::print("{}", pairs(lines));
}

void print_json(const Case& about, const Explanation& explanation) {
    constexpr const char* kSession[] = {"grant", "refuse", "defer", "not-ours"};
    constexpr const char* kMessage[] = {"relay", "refuse", "pass"};
    nlohmann::json out{{"client", about.session.client.text()},
                       {"login", about.session.login},
                       {"tls", !about.session.tls.empty()},
                       {"from", about.message.from},
                       {"session", kSession[static_cast<int>(explanation.session.kind)]},
                       {"message", kMessage[static_cast<int>(explanation.message.kind)]},
                       {"relayed", explanation.relayed()},
                       {"evidence", nlohmann::json::array()}};
    out["domain"] = explanation.domain ? nlohmann::json(explanation.domain->name) : nlohmann::json();
    for (const auto& finding : explanation.findings)
        out["evidence"].push_back(
            {{"kind", conf::name_of(finding.kind)}, {"required", finding.required}, {"held", held(finding)}, {"state", state_of(finding)}, {"words", finding.words}});
    if (const auto* const refusal = refusal_of(explanation))
        out["refusal"] = {{"domain", refusal->domain}, {"reason", refusal->reason}, {"observed", refusal->observed}, {"reply", refusal->reply.line()}};
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

// "sha256:AB:…", the same without its prefix as Postfix logs it, or "subject:NAME". False where it is none of them.
bool fill_certificate(const std::string& given, policy::SessionFacts& session) {
    if (given.empty()) return true;
    const bool named = given.find(':') != std::string::npos && (base::istarts_with(given, "sha256:") || base::istarts_with(given, "subject:"));
    const auto certificate = conf::parse_certificate(named ? given : "sha256:" + given);
    if (!certificate) return false;
    (certificate->by == conf::Certificate::By::subject ? session.subject : session.fingerprint) = certificate->value;
    return true;
}

}  // namespace

base::Result<Explained> explain_facts(conf::Config config, const GivenFacts& given, bool json) {
    const auto address = base::IpAddress::parse(given.client);
    if (!address) return base::Error{address.error()};
    Case about{{*address, 0, given.login, given.tls ? "TLSv1.3" : ""}, {}, given.tenant};
    if (!fill_certificate(given.certificate, about.session)) return base::Error{fmt::format("--cert {}: write sha256:AB:CD:… or subject:NAME", given.certificate)};
    if (!given.dkim.empty()) about.message.dkim = {base::lower(given.dkim)};
    std::string text;
    if (given.file.empty()) {
        about.message.from = {given.from};
    } else {
        text = read_file(given.file);
        about.message.from = from_fields(text);
        about.message.message_id = message_id_of(text);
    }
    fill_headers(config, text, about);
    fill_networks(config, about);
    const auto rules = rules_of(std::move(config));
    const auto explanation = explain_case(rules, about);
    if (json) print_json(about, explanation);
    else print_text(about, explanation);
    Explained out{explanation.relayed(), ""};
    if (const auto* const refusal = refusal_of(explanation)) out.reason = refusal->reason;
    return out;
}

}  // namespace crmrelay::ctl
