// SPDX-License-Identifier: BSD-2-Clause
//
// Events: what happened to a recipient of a relayed message, with the JSON document that webhooks and crmrelayctl show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bounce/judge.hh"
#include "bounce/reading.hh"
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

// The event of one recipient of a report that `record` holds as `recipient`. `read` is what was made of it beside its text, or null.
store::Event event_of_report(const bounce::Report& report, const bounce::RecipientReport& said, const bounce::Result* read, const store::Message& record,
                             const store::Recipient& recipient, bounce::Via via, bool archive, bool truncated, base::Seconds now);

// The event of one result of a message that is no delivery report: a bounce in words, a complaint, an auto-reply. `recipient` is one that
// `record` holds, or empty where the message does not tell which.
store::Event event_of_reading(const bounce::Reading& reading, const bounce::Result& result, const store::Message& record, std::string_view recipient, bounce::Via via,
                              bool truncated, base::Seconds now);

std::string fresh_name();   // 26 letters of base32, from 16 random octets

}  // namespace crmrelay::report
