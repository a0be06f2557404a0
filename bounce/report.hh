// SPDX-License-Identifier: BSD-2-Clause
//
// What a delivery status notification says (RFC 3464, RFC 6533), read a field at a time: a broken field spoils itself, not the report.
// What it says is not believed here, only told; where it says it is told too, so that the message can be rewritten.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "bounce/address.hh"
#include "bounce/header.hh"
#include "bounce/mime.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxRecipients = 10'000;          // of one report; those after them are not read
inline constexpr std::size_t kMaxStatusOctets = 16 << 20;      // of a delivery-status part that are read
inline constexpr std::size_t kMaxStatusFields = 400'000;       // of a delivery-status part that are read
inline constexpr std::size_t kMaxReportValue = 1'024;          // octets of a value that are kept
inline constexpr std::size_t kMaxDiagnostic = 4'096;           // octets of a diagnostic that are kept

enum class Action { unknown, failed, delayed, delivered, relayed, expanded };

std::string_view name_of(Action action);

struct RecipientReport {
    std::string final_recipient;      // a bare mailbox; empty where the block names none
    std::string original_recipient;
    Action action = Action::unknown;  // derived from the status where it is not said
    std::string status;               // "5.1.1"; derived from the diagnostic, else the action, where it is not said; else empty
    int code = 0;                     // the SMTP reply code in the diagnostic
    std::string diagnostic;           // on one line, without its type
    std::string diagnostic_type;      // "smtp", lower case
    std::string remote_mta;           // a host name or address, without its type
    std::string actual_recipient;     // X-Actual-Recipient (Sendmail): where an alias led
    std::string last_attempt;         // dates as they stand
    std::string will_retry_until;
    View block;                       // in Report::status_text(), up to the next recipient's block

    // The address to tell: the final recipient, else the original one.
    const std::string& recipient() const { return final_recipient.empty() ? original_recipient : final_recipient; }
};

// What the returned part says of the original message; values unfolded, not decoded.
struct Original {
    std::string message_id;   // with its angles
    std::string to;
    std::string from;
    std::string subject;
};

struct Report {
    std::string original_envelope_id;   // as it stands
    std::string reporting_mta;          // without its type
    std::string arrival_date;
    std::string postfix_queue_id;       // X-Postfix-Queue-ID, whatever the reporting Postfix calls itself (mail_name)
    std::string postfix_sender;         // X-Postfix-Sender, a bare mailbox
    std::vector<RecipientReport> recipients;
    bool truncated = false;             // a cap was met: more may stand in the message

    Original original;

    View status;                        // the delivery-status part's content in the raw message
    View status_header;                 // its header
    View message_block;                 // the per-message fields, in status_text()
    View unread;                        // what follows the last recipient that was read, in status_text(); empty unless truncated
    View returned;                      // the returned part's content in the raw message; empty where there is none
    Encoding status_encoding = Encoding::identity;
    std::string decoded_status;         // where status_encoding is not identity
    char line_end = '\n';

    // The text that the blocks are views of: the raw message, or the decoded part.
    std::string_view status_text(std::string_view raw) const {
        if (status_encoding == Encoding::identity) return raw;
        return decoded_status;
    }
};

// An error where `raw` holds no delivery status notification: no part of a type message/(global-)delivery-status outside of returned messages.
base::Result<Report> read_report(std::string_view raw);

// The same for a message whose parts are known.
base::Result<Report> read_report(const Message& message);

// Whether a part holds a returned message or its header.
bool is_returned(const Part& part);

// What the header in text[range] says, read up to its first blank line.
void read_original(std::string_view text, View range, char line_end, Original& original);

}  // namespace crmrelay::bounce
