// SPDX-License-Identifier: BSD-2-Clause
//
// Counts.
#include "report/lane.hh"

#include <algorithm>

namespace crmrelay::report {

int Lane::room(base::Seconds now) const {
    if (now < paused_until_) return 0;
    return std::max(0, (in_trouble() ? 1 : limit_) - running_);
}

void Lane::pause(base::Seconds until) { paused_until_ = std::max(paused_until_, until); }

void Lane::ended_well() {
    --running_;
    troubles_ = 0;
}

void Lane::ended_badly() {
    --running_;
    troubles_ = 0;   // it answers
}

int Lane::ended_away(base::Seconds now) {
    --running_;
    if (now >= paused_until_) ++troubles_;
    return troubles_;
}

}  // namespace crmrelay::report
