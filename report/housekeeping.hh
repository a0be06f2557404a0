// SPDX-License-Identifier: BSD-2-Clause
//
// What bounced does besides: takes a new configuration over, and has old records purged once an hour.
#pragma once

#include <string>

#include "report/intake.hh"
#include "report/metrics.hh"
#include "store/store.hh"

namespace crmrelay::report {

// Loads `path` and gives it to `intake`; a file that is wrong is logged, and changes nothing. False then.
bool reload(const std::string& path, Intake& intake, Metrics& metrics);

class Housekeeping {
public:
    explicit Housekeeping(store::Store& store) : store_(store) {}

    // About once a second, from one thread. Records live `retain_days`.
    void tick(base::Seconds now, int retain_days);

private:
    store::Store& store_;
    base::Seconds purge_at_ = 0;
};

}  // namespace crmrelay::report
