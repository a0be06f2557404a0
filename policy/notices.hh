// SPDX-License-Identifier: BSD-2-Clause
//
// What the administrators of a domain must hear of, as the rows that bounced works off: an event, and a notice about it to each of them. The words are made by
// who sends it (report/notice.hh).
#pragma once

#include "conf/config.hh"
#include "policy/usage.hh"
#include "store/store.hh"

namespace crmrelay::policy {

// A login of this domain (empty: whoever has none) has reached a limit (100 %), or nearly (80 %). One a login, window and threshold a day: the event's key
// sees to it.
store::Report limit_notice(const conf::Domain& domain, const std::string& login, const LimitState& state, bool reached, base::Seconds now);

}  // namespace crmrelay::policy
