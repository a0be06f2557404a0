// SPDX-License-Identifier: BSD-2-Clause
//
// Writes the milter's events.
#include "milter/log.hh"

#include "base/log.hh"

namespace crmrelay::milter::log {

using base::Line;
using base::Severity;

void config_serves(std::string_view file, std::size_t domains) {
    Line(Severity::notice, "config").field("file", file).field("status", "serving").field("domains", static_cast<std::int64_t>(domains));
}

void config_broken(std::string_view problem) {
    Line(Severity::error, "config").field("problem", problem).field("status", "the former configuration keeps serving");
}

void config_needs_restart(std::string_view key) {
    Line(Severity::warning, "config").field("key", key).field("status", "takes effect after a restart");
}

void unavailable(const Away& away) {
    Line(Severity::warning, "unavailable", away.queue_id)
        .field("client", away.session.client.text())
        .optional("login", away.session.login)
        .optional("service", away.service)
        .field("step", away.step)
        .field("action", away.action)
        .field("why", away.why);
}

void refused(std::string_view queue_id, const policy::SessionFacts& session, const policy::Reply& reply) {
    Line(Severity::notice, "refused", queue_id)
        .field("reason", reply.reason())
        .field("client", session.client.text())
        .optional("login", session.login)
        .field("reply", reply.line());
}

void signature(std::string_view queue_id, std::string_view domain, std::string_view selector) {
    Line(Severity::info, "signed", queue_id).field("d", domain).field("s", selector);
}

void unsigned_message(std::string_view queue_id, std::string_view entry, std::string_view action, std::string_view why) {
    Line(Severity::error, "unsigned", queue_id).field("domain", entry).field("action", action).field("why", why);
}

void protocol(std::string_view queue_id, std::string_view what) { Line(Severity::error, "protocol", queue_id).field("problem", what); }

void failed(std::string_view callback, std::string_view why) { Line(Severity::error, "failed").field("callback", callback).field("why", why); }

void serving(std::string_view endpoint, std::string_view instance) {
    Line(Severity::notice, "serving").field("socket", endpoint).field("instance", instance);
}

void stopped(std::size_t callbacks_left) { Line(Severity::notice, "stopped").field("callbacks_left", static_cast<std::int64_t>(callbacks_left)); }

}  // namespace crmrelay::milter::log
