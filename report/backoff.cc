// SPDX-License-Identifier: BSD-2-Clause
//
// The table, as webhooks have it (Standard Webhooks 1.0.0), so that all that is told keeps one rhythm.
#include "report/backoff.hh"

#include <algorithm>
#include <iterator>

namespace crmrelay::report {

base::Seconds backoff(int attempts, unsigned random) {
    constexpr base::Seconds kSteps[] = {5, 300, 1800, 7200, 18000, 36000, 36000, 86400};
    const auto step = kSteps[std::clamp(attempts - 1, 0, static_cast<int>(std::size(kSteps)) - 1)];
    const base::Seconds spread = step / 5;
    return step - spread + static_cast<base::Seconds>(random % static_cast<unsigned>(2 * spread + 1));
}

base::Seconds pause_after(int times_away) { return std::min<base::Seconds>(60, base::Seconds{5} << std::clamp(times_away - 1, 0, 4)); }

}  // namespace crmrelay::report
