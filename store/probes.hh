// SPDX-License-Identifier: BSD-2-Clause
//
// Takes a probe of crmrelayctl doctor out again, with all that was written about it. Internal to the room.
#pragma once

#include <string>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class ProbeEraser {
public:
    explicit ProbeEraser(Session& session);
    void erase(const std::string& token);   // of a probe: any other message stays

private:
    std::string token_, domain_;
    Statement message_, events_, outgoing_, tallies_;
};

}  // namespace crmrelay::store
