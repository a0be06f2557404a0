// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl explain: asks policy's own decisions about a made-up session and message, and prints what they say. It decides nothing.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
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

struct Case {
    policy::SessionFacts session;
    policy::MessageFacts message;
};

struct Explanation {
    SessionVerdict session;
    MessageVerdict message;
    const conf::Domain* domain = nullptr;    // that the From field speaks for
    std::vector<policy::Finding> findings;   // of that domain

    // A session that is refused at RCPT brings no message.
    bool relayed() const { return session.kind != SessionVerdict::Kind::refuse && message.kind == MessageVerdict::Kind::relay; }
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
    if (out.domain) out.findings = policy::examine(rules, static_cast<std::size_t>(out.domain - rules.config().domains.data()), about.session);
    return out;
}

std::string words_of(const SessionVerdict& verdict) {
    switch (verdict.kind) {
        case SessionVerdict::Kind::grant: return "granted: the rule of a domain can hold, the From field decides";
        case SessionVerdict::Kind::refuse: return "refused";
        case SessionVerdict::Kind::not_ours: break;
    }
    if (verdict.refusal) return fmt::format("left to Postfix: {} only observes", verdict.refusal->domain);
    return "left to Postfix: neither network nor login is a CRM's";
}

std::string words_of(const Explanation& explanation) {
    if (explanation.session.kind == SessionVerdict::Kind::refuse) return "never comes: its session is refused";
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

std::string state_of(const policy::Finding& finding) { return finding.held ? "held" : finding.required ? "failed" : "not required"; }

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
                           fmt::format("{}: {}{}", state_of(finding), finding.words, finding.held && !finding.required ? " (not required)" : ""));
    lines.emplace_back("at RCPT", words_of(explanation.session));
    lines.emplace_back("message", words_of(explanation));
    if (const auto* const refusal = refusal_of(explanation)) lines.emplace_back(refusal->observed ? "logged" : "reply", refusal->reply.line());
    if (explanation.relayed()) lines.emplace_back("return path", return_path_of(*explanation.message.domain));
    fmt::print("{}", pairs(lines));
}

void print_json(const Case& about, const Explanation& explanation) {
    constexpr const char* kSession[] = {"grant", "refuse", "not-ours"};
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
            {{"kind", conf::name_of(finding.kind)}, {"required", finding.required}, {"held", finding.held}, {"words", finding.words}});
    if (const auto* const refusal = refusal_of(explanation))
        out["refusal"] = {{"domain", refusal->domain}, {"reason", refusal->reason}, {"observed", refusal->observed}, {"reply", refusal->reply.line()}};
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

int usage(const std::string& words) {
    fmt::print(stderr, "crmrelayctl explain: {}\n", base::neuter(words));
    return kUsage;
}

}  // namespace

int explain(const Arguments& arguments) {
    std::string client, login, from, file;
    bool tls = false;
    Cli cli("explain", "Tells what would be decided about a session and its message, and why.");
    cli.json().needed("--client", client, "IP: the CRM server's address").value("--login", login, "L: the SASL user name");
    cli.value("--from", from, "ADDR: the address in From")
        .flag("--tls", tls, "the session is encrypted")
        .value("--message", file, "FILE: a message, whose From fields count");
    if (const auto status = cli.parse(arguments)) return *status;
    if (from.empty() == file.empty()) return usage("either --from or --message is needed");
    const auto address = base::IpAddress::parse(client);
    if (!address) return usage(address.error());

    auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    Case about{{*address, 0, login, tls ? "TLS" : ""}, {}};
    if (file.empty()) {
        about.message.from = {from};
    } else {
        const auto text = read_file(file);
        about.message.from = from_fields(text);
        about.message.message_id = message_id_of(text);
    }
    const auto rules = rules_of(std::move(*config));
    const auto explanation = explain_case(rules, about);
    if (cli.wants_json()) print_json(about, explanation);
    else print_text(about, explanation);
    return explanation.relayed() ? kFine : kWrong;
}

}  // namespace crmrelay::ctl
