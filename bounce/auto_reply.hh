// SPDX-License-Identifier: BSD-2-Clause
//
// Auto-replies (RFC 3834), out-of-office notes and acknowledgements: somebody's machine answered, nothing failed.
#pragma once

#include <string>
#include <string_view>

#include "bounce/mime.hh"

namespace crmrelay::bounce {

struct AutoReply {
    bool found = false;
    std::string from;        // who answers
    std::string date;
    std::string rule;        // what told it: "Auto-Submitted", "subject: out of office"
    std::string in_reply_to; // the message that was answered, as far as it says so
};

// Says nothing of bounces: those have Auto-Submitted, too. Ask for them first.
AutoReply read_auto_reply(const Message& message);

}  // namespace crmrelay::bounce
