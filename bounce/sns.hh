// SPDX-License-Identifier: BSD-2-Clause
//
// Amazon SES notifications that come as mail by SNS: a JSON document (docs.aws.amazon.com/ses, "Contents of Amazon SNS notifications").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxSnsRecipients = 1'000;
inline constexpr std::size_t kMaxJsonDepth = 32;

struct SnsRecipient {
    std::string address;
    std::string action;
    std::string status;
    std::string diagnostic;
};

struct Sns {
    enum class Kind { none, bounce, complaint, delivery } kind = Kind::none;
    std::vector<SnsRecipient> recipients;
    std::string bounce_type;      // "Permanent", "Transient", "Undetermined"
    std::string bounce_subtype;   // "General", "NoEmail", "Suppressed", "MailboxFull" …
    std::string feedback_type;
    std::string reporting_mta;
    std::string smtp_response;    // of a delivery
    std::string message_id;       // Amazon's
    std::string timestamp;
};

// Reads the document that opens `text`, as far as it can be read.
Sns read_sns(std::string_view text);

}  // namespace crmrelay::bounce
