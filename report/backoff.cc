// SPDX-License-Identifier: BSD-2-Clause
//
// The usual steps are those that Standard Webhooks 1.0.0 recommend, so that all that is told keeps one rhythm.
#include "report/backoff.hh"

#include <algorithm>

namespace crmrelay::report {

base::Seconds backoff(const std::vector<int>& steps, int attempts, unsigned random) {
    const auto last = static_cast<int>(steps.size()) - 1;
    const base::Seconds step = steps[static_cast<std::size_t>(std::clamp(attempts - 1, 0, last))];
    const base::Seconds spread = step / 5;
    return step - spread + static_cast<base::Seconds>(random % static_cast<unsigned>(2 * spread + 1));
}

base::Seconds pause_after(const std::vector<int>& steps, int times_away) {
    constexpr base::Seconds kMost = 60;
    const base::Seconds first = std::min<base::Seconds>(steps.front(), kMost), second = steps[std::min<std::size_t>(1, steps.size() - 1)];
    return std::min(std::clamp<base::Seconds>(second / 5, first, kMost), first << std::clamp(times_away - 1, 0, 6));
}

}  // namespace crmrelay::report
