// SPDX-License-Identifier: BSD-2-Clause
//
// Postfix beyond its lines: whom a dead milter would harm, and whether it tells of delays.
#include <algorithm>

#include "ctl/doctor_parts.hh"

namespace crmrelay::ctl {

namespace {

bool is_zero(const std::string& time) { return time.empty() || time.find_first_not_of("0smhdw") == std::string::npos; }

void look_at_sharing(const Examination& about, Findings& out) {
    const auto& scene = about.scene;
    const auto& tr = scene.tr;
    if (!shares_milter(scene.config, *scene.state)) {
        out.push_back({Level::ok, tr("smtpd_milters: crmrelay-milter stands at a service of the CRM's own; with it away everybody else's mail goes on"), ""});
        return;
    }
    out.push_back({Level::warn, tr("smtpd_milters: crmrelay-milter stands in main.cf; with it away every port that shares it answers 451 to everybody"),
                   tr("give the CRM a service of its own: {revert}, then {apply}", "revert"_a = scene.mend.ctl("postfix --shared --revert"), "apply"_a = scene.mend.apply(false))});
}

// Only where somebody waits for delays is their absence a fault.
void look_at_delays(const Examination& about, Findings& out) {
    const auto& scene = about.scene;
    const auto& tr = scene.tr;
    const auto& time = scene.state->expanded.at("delay_warning_time");
    if (!is_zero(time)) {
        out.push_back({Level::ok, tr("delay_warning_time: mail that waits is told of after {time}", "time"_a = time), ""});
        return;
    }
    const auto waits = std::ranges::find_if(about.domains, [](const conf::Domain* domain) { return domain->webhook && domain->webhook->wants("delay"); });
    const auto mend = scene.mend.main("delay_warning_time", "4h");
    if (waits == about.domains.end()) {
        out.push_back({Level::ok, tr("delay_warning_time is 0: Postfix tells the CRM of failures, not of mail that waits"), ""});
        return;
    }
    out.push_back({Level::warn, tr("delay_warning_time is 0: Postfix makes no delay report, and the webhook of {domain} waits for them", "domain"_a = (*waits)->name), mend, (*waits)->name});
}

}  // namespace

Findings doctor_postfix(const Examination& about) {
    Findings out;
    if (!about.scene.state) return out;
    look_at_sharing(about, out);
    look_at_delays(about, out);
    return out;
}

}  // namespace crmrelay::ctl
