// SPDX-License-Identifier: BSD-2-Clause
//
// The names of what the milter counts.
#include "milter/metrics.hh"

namespace crmrelay::milter {

namespace {

constexpr int kConnectSeconds = 2;
constexpr const char* kMessages = "crmrelay_milter_messages_total";

}  // namespace

Metrics::Metrics(std::string_view version)
    : message(registry_.histogram("crmrelay_milter_message_duration_seconds", "Time from a CRM message's end to its answer: signatures, policyd's answer, edits.", base::latency_bounds())),
      sessions(registry_.gauge("crmrelay_connections", "Open connections of a socket.", {{"socket", "milter"}})),
      relayed(registry_.counter(kMessages, "Messages by what became of them here: relayed, refused, deferred, or left alone (nobody's business).", {{"result", "relayed"}})),
      refused(registry_.counter(kMessages, "", {{"result", "refused"}})),
      deferred(registry_.counter(kMessages, "", {{"result", "deferred"}})),
      left_alone(registry_.counter(kMessages, "", {{"result", "left-alone"}})),
      signatures(registry_.counter("crmrelay_dkim_signatures_total", "DKIM signatures made.")),
      reloads(registry_.counter("crmrelay_config_reloads_total", "Configurations that were read at SIGUSR1.", {{"result", "serving"}})),
      broken_reloads(registry_.counter("crmrelay_config_reloads_total", "", {{"result", "broken"}})),
      unavailable_(registry_.table("crmrelay_policyd_unavailable_total", "How often policyd could not be asked, by step.", "step")) {
    base::describe_process(registry_, "crmrelay-milter", version);
    unavailable_.serve({"mail", "data", "message"});
}

void Metrics::unavailable(std::string_view step) { unavailable_.add(step); }

std::string health(const base::Endpoint& admission) {
    try {
        base::connect_to(admission, kConnectSeconds);
    } catch (const std::exception& error) {
        return std::string("crmrelay-policyd cannot be asked: ") + error.what();
    }
    return "";
}

}  // namespace crmrelay::milter
