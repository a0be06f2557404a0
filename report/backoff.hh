// SPDX-License-Identifier: BSD-2-Clause
//
// When a report that could not be submitted is tried again.
#pragma once

#include "base/clock.hh"

namespace crmrelay::report {

constexpr base::Seconds kGiveUpAfter = 5 * 86400;   // from a row's making; then it fails

// After `attempts` failures (1 the first time): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, then daily; `random` moves it by up to a fifth either way.
base::Seconds backoff(int attempts, unsigned random);

// How long nobody is asked while the server is away, by how often it was found away in a row: 5 s, doubling to a minute.
base::Seconds pause_after(int times_away);

}  // namespace crmrelay::report
