// SPDX-License-Identifier: BSD-2-Clause
//
// Lines for base/log.hh, which neuters every value.
#include "report/log.hh"

#include "base/log.hh"

namespace crmrelay::report::log {

using base::Line;
using base::Severity;

namespace {

std::string_view event_of(store::Outgoing::Kind kind) {
    switch (kind) {
        case store::Outgoing::Kind::handback: return "handed-back";
        case store::Outgoing::Kind::forward: return "forwarded";
        case store::Outgoing::Kind::webhook: return "webhook";
        case store::Outgoing::Kind::notice: break;
    }
    return "notice";
}

std::string_view id_of(const store::Outgoing& row) { return row.event_ids.empty() ? std::string_view() : std::string_view(row.event_ids.front()); }

Line& to(Line& line, const store::Outgoing& row) {
    line.field("domain", row.domain).optional("token", row.token);
    return row.kind == store::Outgoing::Kind::webhook ? line.field("url", row.recipient) : line.address("to", row.recipient);
}

}  // namespace

void bounce(const store::Event& event, bool known, bool truncated) {
    Line line(Severity::info, "bounce", event.id);
    line.field("domain", event.domain).optional("token", event.token).field("type", event.type).address("recipient", event.recipient);
    line.field("action", event.action).optional("status", event.status).optional("diagnostic", event.diagnostic).field("matched_by", event.matched_by);
    if (truncated) line.field("truncated", "yes");
    if (known) line.field("duplicate", "yes");
}

void no_event(std::string_view domain, std::string_view token, std::string_view sender, std::string_view why, std::string_view to) {
    Line(Severity::info, "bounce").field("domain", domain).optional("token", token).address("sender", sender).field("why", why).field("to", to);
}

void dropped(std::string_view domain, std::string_view token, std::string_view sender, std::string_view why) {
    Line(Severity::warning, "bounce").field("domain", domain).optional("token", token).address("sender", sender).field("dropped", why);
}

void foreign_double_bounce(std::string_view queue_id, std::string_view to) {
    Line(Severity::info, "bounce").field("why", "double-bounce").optional("queue_id", queue_id).address("to", to);
}

void queued(const store::Outgoing& row, std::string_view queue_id) {
    Line(Severity::info, event_of(row.kind), id_of(row)).field("domain", row.domain).optional("token", row.token).address("to", row.recipient)
        .field("status", "queued").field("queue_id", queue_id).field("attempts", row.attempts + 1);
}

void delivered(const store::Outgoing& row, std::string_view answer) {
    Line(Severity::info, event_of(row.kind), id_of(row)).field("domain", row.domain).optional("token", row.token).field("url", row.recipient)
        .field("status", "delivered").field("answer", answer).field("attempts", row.attempts + 1);
}

void disabled(const store::Outgoing& row, std::string_view answer) {
    Line(Severity::error, event_of(row.kind), id_of(row)).field("domain", row.domain).field("url", row.recipient).field("status", "disabled").field("answer", answer);
}

void postponed(const store::Outgoing& row, std::string_view error, base::Seconds next_at) {
    Line line(Severity::warning, event_of(row.kind), id_of(row));
    to(line, row).field("status", "postponed").field("error", error).field("next", base::rfc3339(next_at));
}

void failed(const store::Outgoing& row, std::string_view error) {
    Line line(Severity::error, event_of(row.kind), id_of(row));
    to(line, row).field("status", "failed").field("error", error);
}

void store_trouble(std::string_view what, std::string_view error) { Line(Severity::error, "store").field("doing", what).field("problem", error); }
void purged(base::Seconds before) { Line(Severity::info, "store").field("purged_before", base::rfc3339(before)); }

void config_serves(std::string_view file, std::size_t domains) {
    Line(Severity::notice, "config").field("file", file).field("status", "serving").field("domains", static_cast<std::int64_t>(domains));
}
void config_problem(std::string_view problem) { Line(Severity::error, "config").field("problem", problem); }
void config_kept() { Line(Severity::error, "config").field("status", "the former configuration keeps serving"); }
void restart_needed(std::string_view key) { Line(Severity::warning, "config").field("key", key).field("status", "takes effect after a restart"); }

}  // namespace crmrelay::report::log
