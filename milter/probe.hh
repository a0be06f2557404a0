// SPDX-License-Identifier: BSD-2-Clause
//
// Asks a milter as an MTA does whether it is there: one connection, the negotiation of options, an end. For the watchdog, which so learns
// whether libmilter accepts connections and has a worker that answers.
#pragma once

#include <chrono>

#include "base/endpoint.hh"

namespace crmrelay::milter {

// Whether the milter at `endpoint` answers the negotiation; each wait takes at most `limit`. Throws std::system_error where it cannot be reached.
bool answers(const base::Endpoint& endpoint, std::chrono::seconds limit);

}  // namespace crmrelay::milter
