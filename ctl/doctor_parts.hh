// SPDX-License-Identifier: BSD-2-Clause
//
// The parts of crmrelayctl doctor beyond those of check. Each looks, changes nothing but what it says, and tells what it found.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/ip.hh"
#include "ctl/check_parts.hh"
#include "store/store.hh"

namespace crmrelay::ctl {

struct Examination {
    const Scene& scene;
    store::Store* store;                          // nullptr where it cannot be opened: check has said why
    std::vector<const conf::Domain*> domains;     // that are asked about
    base::Seconds now;
};

// Postfix beyond its lines: what its settings mean for others, and for the times of reports.
Findings doctor_postfix(const Examination& about);

// The services that the CRM connects to, as it meets them: greeting, STARTTLS and its certificate, AUTH. With `login` also whether its password is right,
// which is read from the terminal.
struct AskedLogin {
    std::string login, password;
};
Findings doctor_service(const Examination& about, const AskedLogin* asked);

// Pure: what a certificate's dates and names mean on this day. `where` begins each line.
struct ServerCertificate;
Findings certificate_findings(const ServerCertificate& certificate, const std::string& where, const std::string& host_name, base::Seconds now, const Words& tr);

Findings doctor_logins(const Examination& about);
Findings doctor_networks(const Examination& about);

// Whether a domain's networks hold this client, as far as the configuration and policyd's last SPF answers tell.
bool known_inside(const conf::Domain& domain, const std::string& client, const std::vector<store::SpfVerdict>& verdicts);

// MX and SPF of the bounce domain, DMARC.
Findings doctor_dns(const Examination& about);

Findings doctor_clock(const Examination& about);
Findings doctor_disk(const Examination& about);
Findings doctor_outbox(const Examination& about);

// Suspended or not and why; From domains that no entry speaks for.
Findings doctor_standings(const Examination& about);
Findings doctor_strangers(const Examination& about);

// Sends a probe to a recipient that must fail, and follows it home. `say` is called with each leg as it ends.
void doctor_round_trip(const Examination& about, const std::string& hand_back, const std::function<void(Finding)>& say);

}  // namespace crmrelay::ctl
