// SPDX-License-Identifier: BSD-2-Clause
//
// The two halves of crmrelayctl explain: what would be decided about given facts, and why something was refused.
#pragma once

#include <optional>
#include <string>

#include "base/result.hh"
#include "base/translation.hh"
#include "conf/config.hh"
#include "ctl/mending.hh"

namespace crmrelay::ctl {

struct GivenFacts {
    std::string client, login, from, file, certificate, tenant, dkim;
    bool tls = false;
};

struct Explained {
    bool relayed = false;
    std::string reason;   // of the refusal; empty without one
};

// Prints the verdict. An error where the facts cannot be read.
base::Result<Explained> explain_facts(conf::Config config, const GivenFacts& given, bool json);

// Prints what is known of it and the guide's advice. `asked` is a reason, a queue id, or a line of a log; `config` may be absent where it is no queue id.
// Commands are as `mend` writes them. The exit status: kWrong where nothing is known of it.
int explain_refusal(const conf::Config* config, const std::string& asked, const Mending& mend, const base::Translation& tr, bool json);

}  // namespace crmrelay::ctl
