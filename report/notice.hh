// SPDX-License-Identifier: BSD-2-Clause
//
// The words of notices that another daemon has asked for: it wrote the event, and who gets a notice; the mail is made here when it is sent.
#pragma once

#include <string>

#include "base/clock.hh"
#include "base/result.hh"
#include "report/wording.hh"
#include "store/records.hh"

namespace crmrelay::report {

// The error says what the event lacks: it is of a kind that has no notice, or damaged.
base::Result<NoticeText> text_about(const Wording& w, const store::Event& event);

// The whole mail for this row, in the language of its domain (null: it is not configured any more).
base::Result<std::string> notice_about(const store::Event& event, const store::Outgoing& row, const conf::Domain* domain, base::Seconds now);

}  // namespace crmrelay::report
