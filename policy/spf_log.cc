// SPDX-License-Identifier: BSD-2-Clause
//
// Writes the events of SPF networks.
#include "policy/spf_log.hh"

#include "base/log.hh"

namespace crmrelay::policy::log {

namespace {

using base::Line;
using base::Severity;

void last_good(Line& line, base::Seconds since) {
    line.field("last_good", since == 0 ? std::string("never") : base::rfc3339(since));
}

}  // namespace

void spf(const SpfEvent& event) {
    const std::string network = "spf:" + event.name;
    switch (event.what) {
    case SpfEvent::What::passed: Line(Severity::info, "network").field("network", network).field("client", event.client).field("status", "passed"); break;
    case SpfEvent::What::not_passed:
        Line(Severity::notice, "network").field("network", network).field("client", event.client).field("status", "no longer passed").field("passed_until", base::rfc3339(event.since));
        break;
    case SpfEvent::What::refused:
        Line(Severity::error, "config").field("network", network).field("problem", "its SPF record passes addresses that belong to nobody (" + event.detail +
                                                                                    "): nothing is granted by it; name the CRM's addresses instead, or ask the CRM");
        break;
    case SpfEvent::What::accepted: Line(Severity::notice, "config").field("network", network).field("status", "its SPF record no longer passes everyone: serving"); break;
    case SpfEvent::What::failing: {
        Line line(Severity::warning, "network");
        last_good(line.field("network", network).field("status", "failing").field("problem", event.detail), event.since);
        break;
    }
    case SpfEvent::What::recovered: Line(Severity::notice, "network").field("network", network).field("status", "answers again").field("failed_since", base::rfc3339(event.since)); break;
    case SpfEvent::What::stale: {
        Line line(Severity::warning, "network");
        last_good(line.field("network", network).field("status", "failing for more than a day; known clients are still taken").field("problem", event.detail), event.since);
        break;
    }
    }
}

void spf_overload(std::string_view name, std::size_t waiting) {
    Line(Severity::warning, "network").field("network", "spf:" + std::string(name)).field("problem", "too many look-ups wait: the resolver does not keep up").field("waiting", static_cast<std::int64_t>(waiting));
}

}  // namespace crmrelay::policy::log
