// SPDX-License-Identifier: BSD-2-Clause
//
// The ports of master.cf's services: each is one service's, and one of those with crmrelay's milter is one that the CRM can use.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.hh"
#include "ctl/check_parts.hh"
#include "ctl/crm_ports.hh"
#include "ctl/master_ports.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

// The ports of the services that pass what they take to crmrelay-milter, each once.
std::vector<int> ports_with_milter(const Scene& scene) {
    const auto& state = *scene.state;
    const auto socket = sockets_for(scene.config.service, state.expanded.at("queue_directory")).milter;
    std::vector<int> out;
    for (const auto& service : state.services) {
        const bool mail = service.command == "smtpd" || service.command == "postscreen";
        if (!mail || !is_active(state, service) || !has_service(state.at(service, "smtpd_milters"), socket)) continue;
        const auto at = listen_at(state, service.name);
        if (at && std::ranges::find(out, at->port) == out.end()) out.push_back(at->port);
    }
    return out;
}

void check_doubles(const Scene& scene, Findings& out) {
    const auto& tr = scene.tr;
    const auto ours = services_with_milter(scene.config, *scene.state);
    const auto is_ours = [&](const MasterService* service) { return std::ranges::find(ours, service) != ours.end(); };
    for (const auto& [one, other] : doubled_services(*scene.state)) {
        const bool applied = is_ours(one) != is_ours(other);
        out.push_back({Level::fail,
                       tr("master.cf: port {port} has two services, and Postfix uses the last one alone: \"{one}\" and \"{other}\"", "port"_a = listen_at(*scene.state, one->name)->port,
                          "one"_a = base::neuter(one->line, 2000), "other"_a = base::neuter(other->line, 2000)),
                       applied ? tr("take crmrelay's out ({revert}), then give the CRM another port ({apply})", "revert"_a = scene.mend.ctl("postfix --revert"),
                                    "apply"_a = scene.mend.apply(false))
                               : tr("take one of the two out of master.cf, or give it another port")});
    }
}

}  // namespace

Findings check_ports(const Scene& scene) {
    Findings out;
    check_doubles(scene, out);
    const auto ports = ports_with_milter(scene);
    if (const auto offered = other_ports_offered(scene.config, ports)) {
        const auto free = free_port(scene.config, *scene.state, *offered);
        out.push_back({Level::warn,
                       scene.tr("master.cf: crmrelay-milter stands at port {ports}, which is none that the CRM offers for a relay ({offered})",
                                "ports"_a = fmt::format("{}", fmt::join(ports, ", ")), "offered"_a = offered->words),
                       free ? scene.mend.apply_at(*free) : scene.mend.apply(true)});
    }
    return out;
}

}  // namespace crmrelay::ctl
