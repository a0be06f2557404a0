// SPDX-License-Identifier: BSD-2-Clause
//
// Writes policyd's events.
#include "policy/log.hh"

#include <fmt/format.h>

#include <utility>

#include "base/log.hh"

namespace crmrelay::policy::log {

using base::Line;
using base::Severity;

namespace {

// The pieces that the domain requires, by how each was judged; and why, where `reply` does not say it.
void evidence(Line& line, const std::vector<Finding>& findings, std::string_view reply) {
    constexpr std::pair<Judgement, const char*> kKeys[] = {
        {Judgement::held, "held"}, {Judgement::failed, "failed"}, {Judgement::unknown, "unknown"}, {Judgement::later, "not_looked_at"}};
    std::string why;
    for (const auto& [judgement, key] : kKeys) {
        std::string kinds;
        for (const auto& finding : findings) {
            if (!finding.required || finding.judgement != judgement) continue;
            kinds += (kinds.empty() ? "" : ",") + std::string(conf::name_of(finding.kind));
            if (judgement != Judgement::held && reply.find(finding.words) == std::string_view::npos) why += (why.empty() ? "" : "; ") + finding.words;
        }
        line.optional(key, kinds);
    }
    line.optional("why", why);
}

}  // namespace

void relayed(const SessionFacts& session, const MessageFacts& message, const conf::Domain& domain, const MessageVerdict& verdict,
             std::string_view return_path) {
    Line line(Severity::info, "relayed", message.queue_id);
    line.field("domain", domain.name).field("client", session.client.text()).optional("login", session.login).address("from", verdict.from);
    line.address("sender", message.sender).address("return_path", return_path).field("rcpt", static_cast<std::int64_t>(message.recipients.size()));
    line.field("size", static_cast<std::int64_t>(message.size)).optional("tls", session.tls).optional("message_id", message.message_id);
    line.optional("dkim", verdict.sign ? "signed" : domain.dkim ? "kept" : "");
    if (!verdict.archive.empty()) line.address("archive", verdict.archive);
    evidence(line, verdict.findings, {});
}

void refused(const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient) {
    Line line(Severity::notice, refusal.observed ? "observed" : "refused", queue_id);
    line.optional("domain", refusal.domain).field("reason", refusal.reason).field("client", session.client.text()).optional("login", session.login);
    line.optional("tls", session.tls).optional("certificate", session.fingerprint).address("sender", sender);
    if (!recipient.empty()) line.address("rcpt", recipient);
    const auto reply = refusal.reply.line();
    line.field("reply", reply);
    evidence(line, refusal.findings, reply);
}

void no_milter(const SessionFacts& session, std::string_view server_address, std::string_view server_port) {
    Line line(Severity::error, "config");
    line.field("problem", "a session that may relay was not announced by crmrelay-milter: nothing is granted; add crmrelay to smtpd_milters of this Postfix service");
    line.field("service", fmt::format("{}:{}", server_address, server_port)).field("client", session.client.text()).optional("login", session.login);
}

void strike(const store::Standing& standing, const conf::Domain& domain, std::string_view proof) {
    const auto& last = standing.failures.back();
    Line line(Severity::warning, "strike", last.queue_id);
    line.field("domain", domain.name).field("in_a_row", static_cast<std::int64_t>(standing.in_a_row)).field("after", static_cast<std::int64_t>(domain.suspend.after));
    line.field("reason", last.reason).field("proof", proof).field("client", last.client).optional("login", last.login);
}

void suspended(const store::Standing& standing, const conf::Domain& domain) {
    Line line(Severity::warning, "suspended");
    line.field("domain", domain.name).field("until", standing.until == 0 ? "resumed" : domain.timezone.rfc3339(standing.until));
    line.field("by", standing.by_hand ? "administrator" : "strikes").field("why", standing.why);
}

void resumed(std::string_view domain, std::string_view by) { Line(Severity::notice, "resumed").field("domain", domain).field("by", by); }

void unconfigured(std::string_view domain, std::string_view from_domain) {
    Line(Severity::notice, "unconfigured").field("domain", domain).field("from_domain", from_domain).field("mend", "add this domain to the configuration, or to `also` of " + std::string(domain));
}

void ended_early(const EndedEarly& ended) {
    Line line(Severity::warning, "ended-early");
    line.field("domain", ended.domain).field("client", ended.session.client.text()).field("probable", ended.probable).optional("tls", ended.session.tls);
    line.field("greetings", static_cast<std::int64_t>(ended.greetings)).optional("login", ended.login).optional("reason", ended.reason);
}

void store_trouble(std::string_view what, std::string_view error) { Line(Severity::error, "store").field("doing", what).field("problem", error); }

void protocol_error(std::string_view socket, std::string_view error) { Line(Severity::warning, "protocol").field("socket", socket).field("problem", error); }

void config_loaded(std::string_view file, std::size_t domains) {
    Line(Severity::notice, "config").field("file", file).field("status", "serving").field("domains", static_cast<std::int64_t>(domains));
}

void config_problem(std::string_view problem) { Line(Severity::error, "config").field("problem", problem); }

void config_kept() { Line(Severity::error, "config").field("status", "the former configuration keeps serving"); }

void auth_failed(std::string_view login, std::string_view client, std::string_view reason) {
    Line(Severity::notice, "auth-failed").optional("login", login).field("client", client).field("reason", reason);
}

void auth_failed_more(std::string_view client, std::int64_t count) {
    Line(Severity::notice, "auth-failed").field("client", client.empty() ? "others" : client).field("more", count);
}

void auth_trouble(std::string_view problem) { Line(Severity::warning, "auth").field("problem", problem); }

void no_auth_socket(std::string_view problem) {
    Line(Severity::notice, "auth").field("problem", problem).field("status", "there is no logins file either: crmrelay keeps no logins");
}

void logins_problem(std::string_view problem, bool former_serve) {
    Line(Severity::error, "config").field("problem", problem).field("status", former_serve ? "the former logins keep serving" : "nobody can log in");
}

void clock_shifted(std::int64_t seconds) { Line(Severity::warning, "config").field("problem", "CRMRELAY_CLOCK_OFFSET is set: every time is shifted").field("seconds", seconds); }

void started(std::string_view version) { Line(Severity::notice, "started").field("version", version); }

void stopped() { Line(Severity::notice, "stopped"); }

}  // namespace crmrelay::policy::log
