// SPDX-License-Identifier: BSD-2-Clause
//
// The parts of crmrelayctl check, which crmrelayctl doctor begins with. Each looks, changes nothing, and says what it found.
#pragma once

#include <optional>

#include "conf/config.hh"
#include "conf/loader.hh"
#include "ctl/mending.hh"
#include "ctl/output.hh"
#include "ctl/postfix_plan.hh"
#include "ctl/postfix_state.hh"
#include "ctl/words.hh"

namespace crmrelay::ctl {

// What is looked at, and how findings are worded.
struct Scene {
    const conf::Config& config;
    std::string file;                      // the configuration's
    Postfix postfix;
    std::optional<PostfixState> state;     // nothing: Postfix is not installed, or cannot be read
    Mending mend;
    Words tr;
    Findings of_state = {};                // why there is none
};

// Reads Postfix's configuration, where it is installed. `postfix_directory` as --postfix-config has it.
Scene look_around(const conf::Config& config, const std::string& file, const std::string& postfix_directory, const Words& tr);

// Problems of the configuration's files, each a failure.
Findings findings_of(const conf::Problems& problems);

// All that crmrelayctl check says of a configuration that can be loaded.
Findings check_installation(const Scene& scene);

// As the run-time users find them, where the process is root.
Findings check_secrets(const Scene& scene);
Findings check_webhooks(const Scene& scene);   // their secrets, as crmrelay-bounced reads them
Findings check_store(const Scene& scene);
Findings check_sockets(const Scene& scene);

// The signing keys of all domains, as the milter finds them, and what the DNS holds of them.
Findings check_dkim(const conf::Config& config, const Mending& mend, const Words& tr);

// Of a scene with Postfix's state. Each line that Postfix needs; and what would change a token after the milter has set it.
Findings check_lines(const Scene& scene);
Findings check_ports(const Scene& scene);   // one service a port, and one that the CRM can use
Findings check_rewriting(const Scene& scene);

bool shares_milter(const conf::Config& config, const PostfixState& state);   // main.cf's smtpd_milters has crmrelay's

}  // namespace crmrelay::ctl
