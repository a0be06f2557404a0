// SPDX-License-Identifier: BSD-2-Clause
//
// Return paths to try Postfix's tables with.
#pragma once

#include <string>
#include <vector>

#include "ctl/postfix_plan.hh"
#include "ctl/rewriting.hh"

namespace crmrelay::ctl {

// One return path for each prefix, with a token that nobody has.
std::vector<std::string> sample_addresses(const BounceDomain& domain);

// The same with "{token}" for the token, as the configuration writes it.
std::string shown_pattern(std::string address);

// Names that Postfix takes for its own in address look-ups.
LocalNames local_names(const PostfixState& state);

}  // namespace crmrelay::ctl
