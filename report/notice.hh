// SPDX-License-Identifier: BSD-2-Clause
//
// The words of notices that another daemon has asked for: it wrote the event, and who gets a notice; the mail is made here when it is sent.
#pragma once

#include <string>

#include "base/clock.hh"
#include "base/result.hh"
#include "store/records.hh"

namespace crmrelay::report {

// The whole mail for this row. The error says what the event lacks: it is of a kind that has no notice, or damaged.
base::Result<std::string> notice_about(const store::Event& event, const store::Outgoing& row, base::Seconds now);

}  // namespace crmrelay::report
