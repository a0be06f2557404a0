// SPDX-License-Identifier: BSD-2-Clause
//
// Which recipients of a report are recipients that a record holds. Nothing else of what a report says counts as a match: anybody who got
// the message knows its token and Message-ID, but not whom else it went to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/report.hh"

namespace crmrelay::bounce {

enum class Via { return_path, envelope_id, message_id };   // how a record was found

std::string_view name_of(Via via);   // "return-path", as events and the log say it

// A recipient as the record holds it: its mailbox and the ORCPT as the sender gave it ("rfc822;user+2Bx@dest.test", or empty).
struct Addressee {
    std::string_view mailbox;
    std::string_view orcpt;
};

// A recorded message that the report may be about.
using Sent = std::vector<Addressee>;

struct Match {
    std::size_t reported = 0;    // in Report::recipients
    std::size_t candidate = 0;   // in the candidates
    std::size_t addressee = 0;   // in that candidate
};

// For each recipient of the report the first candidate that holds it, in the order of the report. Original-Recipient counts before
// Final-Recipient. Candidates come newest first: of a message that was sent twice the newer one gets the event.
std::vector<Match> correlate(const Report& report, const std::vector<Sent>& candidates);

}  // namespace crmrelay::bounce
