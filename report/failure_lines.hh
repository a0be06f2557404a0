// SPDX-License-Identifier: BSD-2-Clause
//
// Refusals as a notice lists them, and what usually mends each kind. Private to notice_*.cc.
#pragma once

#include "report/wording.hh"
#include "store/records.hh"

namespace crmrelay::report {

// Two lines each: when and who, then what the client was told.
std::string failure_lines(const Wording& w, const std::vector<store::Failure>& failures);

// `reason`: network, tls, …, password.
std::string remedy_of(const Wording& w, std::string_view reason);

}  // namespace crmrelay::report
