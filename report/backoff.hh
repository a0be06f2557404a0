// SPDX-License-Identifier: BSD-2-Clause
//
// When a report that could not be delivered is tried again.
#pragma once

#include <vector>

#include "base/clock.hh"

namespace crmrelay::report {

// After `attempts` failures (1 the first time): the step of that number in [service] retry_after, the last one for all beyond; `random` moves it by up to a
// fifth either way.
base::Seconds backoff(const std::vector<int>& steps, int attempts, unsigned random);

// How long nobody is asked where a target is away, by how often it was found away in a row: the first step (5 s), doubling to a minute.
base::Seconds pause_after(const std::vector<int>& steps, int times_away);

}  // namespace crmrelay::report
