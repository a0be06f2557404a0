// SPDX-License-Identifier: BSD-2-Clause
//
// The parts of crmrelayctl check. Each looks, changes nothing, and says what it found.
#pragma once

#include "conf/config.hh"
#include "ctl/output.hh"
#include "ctl/postfix_plan.hh"
#include "ctl/postfix_state.hh"

namespace crmrelay::ctl {

// As the run-time users find them, where the process is root. `ctl`: how the administrator called crmrelayctl.
Findings check_secrets(const conf::Config& config, const std::string& ctl);
Findings check_webhooks(const conf::Config& config);   // their secrets, as crmrelay-bounced reads them
Findings check_store(const conf::Config& config);

// The signing keys of all domains, as the milter finds them, and what the DNS holds of them.
Findings check_dkim(const conf::Config& config, const std::string& ctl);

// `postfix`: nullptr where it is not installed.
Findings check_sockets(const conf::Config& config, const PostfixState* postfix);

// Each line that Postfix needs; `mend` is the command that sets them.
Findings check_lines(const conf::Config& config, const Postfix& postfix, const PostfixState& state, const std::string& mend);

// What would change a token after the milter has set it.
Findings check_rewriting(const conf::Config& config, const Postfix& postfix, const PostfixState& state);

}  // namespace crmrelay::ctl
