// SPDX-License-Identifier: BSD-2-Clause
//
// Failures and suspensions as the rows that tell of them: events, and notices to the domain's administrators. Each function makes what the store writes
// together with the standing; the words of notices are bounced's (report/notice.hh).
#pragma once

#include <string_view>

#include "conf/config.hh"
#include "policy/strikes.hh"
#include "store/store.hh"

namespace crmrelay::policy {

// "strike", and "suspended" where this one suspends. Empty where nobody is told.
store::Report strike_report(const conf::Domain& domain, const Struck& struck);

// "suspended" by an administrator: an event, no notice.
store::Report suspended_report(const conf::Domain& domain, const store::Standing& standing);

// "resumed", and a notice where the domain is configured still (not null). `by`: midnight or administrator. `before`: as it was suspended.
store::Report resumed_report(const conf::Domain* domain, const store::Standing& before, base::Seconds now, std::string_view by);

// "auth-failed": a wrong password from the domain's networks.
store::Report password_report(const conf::Domain& domain, const store::Failure& failure);

// "unconfigured": a From domain that no entry speaks for, from a session of this domain's own; each From domain once a day, and one notice.
store::Report unconfigured_report(const conf::Domain& domain, std::string_view from_domain, const store::Failure& failure, std::int64_t day);

}  // namespace crmrelay::policy
