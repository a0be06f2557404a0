// SPDX-License-Identifier: BSD-2-Clause
//
// How many reports may be under way to one target: none while it is paused, one to find out whether it is back, else as many as its limit says.
// No clock, no thread.
#pragma once

#include "base/clock.hh"

namespace crmrelay::report {

class Lane {
public:
    void set_limit(int limit) { limit_ = limit; }
    int room(base::Seconds now) const;             // how many more may begin
    bool in_trouble() const { return troubles_ > 0; }
    int running() const { return running_; }
    base::Seconds paused_until() const { return paused_until_; }

    void begin() { ++running_; }
    void pause(base::Seconds until);

    // How one that had begun has ended: the target is well; or it answered, and this report has to come again; or it is away. The last returns how often
    // in a row: what ends while the target is paused belongs to the time before.
    void ended_well();
    void ended_badly();
    int ended_away(base::Seconds now);
    void ended_untold() { --running_; }            // nothing is known

private:
    int limit_ = 1, running_ = 0, troubles_ = 0;
    base::Seconds paused_until_ = 0;
};

}  // namespace crmrelay::report
