// SPDX-License-Identifier: BSD-2-Clause
//
// Events: what happened to a recipient of a relayed message, with the JSON document that webhooks and crmrelayctl show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bounce/judge.hh"
#include "bounce/correlate.hh"
#include "store/records.hh"

namespace crmrelay::report {

struct Failure {
    std::string recipient;
    std::string action;
    std::string status;
    int code = 0;
    std::string diagnostic;
    std::string remote_mta;
    bounce::Judgement judgement;
    std::string matched_by;
    bool truncated = false;      // the report was longer than what is kept
};

// `record` is null where none is known. `dedupe` holds what makes this event this one and no other.
store::Event make_event(std::string_view type, std::string_view domain, const store::Message* record, const Failure& failure, const std::vector<std::string>& dedupe,
                        base::Seconds now);

// The event of one recipient of a report that `record` holds as `recipient`.
store::Event event_of_report(const bounce::Report& report, const bounce::RecipientReport& said, const store::Message& record, const store::Recipient& recipient,
                             bounce::Via via, bool archive, bool truncated, base::Seconds now);

std::string fresh_name();   // 26 letters of base32, from 16 random octets

}  // namespace crmrelay::report
