// SPDX-License-Identifier: BSD-2-Clause
//
// One probe for each bounce domain that is asked about.
#include <unistd.h>

#include <algorithm>
#include <set>

#include "conf/secrets.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/round_trip.hh"

namespace crmrelay::ctl {

namespace {

// Postfix may know the address only as one that comes back here.
bool is_bounce_address(const conf::Config& config, const std::string& address) {
    const auto domain = address.substr(address.rfind('@') + 1);
    return std::ranges::any_of(config.domains, [&](const conf::Domain& each) { return each.return_path && each.return_path->prefix.empty() && each.return_path->domain == domain; });
}

std::string mailbox_of(const Examination& about, const conf::Domain& domain, const std::string& wanted) {
    if (!wanted.empty()) return wanted;
    for (const auto& admin : domain.admins)
        if (!is_bounce_address(about.scene.config, admin)) return admin;
    return "postmaster";
}

}  // namespace

void doctor_round_trip(const Examination& about, const std::string& hand_back, const std::function<void(Finding)>& say) {
    const auto& tr = about.scene.tr;
    const auto fail = [&](std::string what, std::string mend) { say({Level::fail, std::move(what), std::move(mend), "", "round-trip"}); };
    if (::geteuid() != 0) return fail(tr("round trip: only root can read the keys and take its probe out of Postfix's queue again"), tr("run this as root"));
    if (!about.store || !about.scene.state) return fail(tr("round trip: it needs the store and Postfix"), "");
    const auto loaded = conf::load_keys(about.scene.config.service.keys);
    if (!loaded) return fail(loaded.error(), "");
    std::vector<std::string> secrets;
    for (const auto& key : *loaded) secrets.push_back(key.secret);
    const policy::TokenKeys keys(std::move(secrets));
    std::set<std::string> seen;
    for (const auto* domain : about.domains) {
        if (!domain->return_path || !seen.insert(domain->return_path->domain).second) continue;
        RoundTrip(about, *domain, keys, mailbox_of(about, *domain, hand_back), say).run();
    }
    if (seen.empty()) return fail(tr("round trip: no domain has a return path"), "");
    say({Level::ok, tr("round trip: not tested are the CRM's login, network and TLS, the milter's part, and the way of others' bounces through the Internet"), "", "", "round-trip"});
}

}  // namespace crmrelay::ctl
