// SPDX-License-Identifier: BSD-2-Clause
//
// What crmrelay makes of a message that came back: bounce, delay warning, success report, complaint, auto-reply or none of these, and an answer
// for each recipient. How it goes:
//
//   scan() (mime.hh)      the parts, as views
//   read_report()         message/delivery-status, a field at a time (report.hh)
//   read_complaint()      message/feedback-report, and complaints of other forms (complaint.hh)
//   read_notice()         a text for people, by the tables of layout.hh (notice.hh)
//   judge()               text, codes, command and action weighed, by the tables of phrase.hh and codes.hh (judge.hh)
//
// A reader fills what it knows; what it lacks comes from the next one: a report without a diagnostic is read beside its text. Nothing is
// believed, everything is told; values are decoded to UTF-8 and neutered (base/text.hh), fit for a log line, a header, JSON, CSV or SMTP text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/judge.hh"
#include "bounce/mime.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

enum class ReadingKind : std::uint8_t { none, bounce, delayed, success, complaint, autoreply };

std::string_view name_of(ReadingKind kind);

struct Result {
    std::string recipient;       // a bare mailbox; empty where the message names none
    Action action = Action::unknown;
    std::string status;          // "5.1.1"; empty where nothing says it
    int code = 0;                // 550; 0 where nothing says it
    std::string diagnostic;      // on one line
    std::string remote_mta;
    std::string reporting_mta;
    std::string date;            // of the last attempt, as it stands; else of the message
    Judgement judgement;
    std::size_t reported = 0;    // its place in Report::recipients, where a delivery report says it
};

struct Reading {
    ReadingKind kind = ReadingKind::none;
    std::string reader;          // which reader spoke: "rfc3464", "rfc5965", "rfc3834", or a layout's system
    std::string message_id;      // of the original message, without angles; empty where nothing says it
    std::string feedback_type;   // of a complaint: "abuse", "fraud", "opt-out" …
    std::vector<Result> results;
    bool truncated = false;      // a cap was met
};

// `raw` must outlive nothing: the reading owns what it says.
Reading read_bounce(std::string_view raw);

// The same where the caller has the parts and the report already; `report` may be null.
Reading read_bounce(const Message& message, const Report* report);

}  // namespace crmrelay::bounce
