// SPDX-License-Identifier: BSD-2-Clause
//
// A refusal in the form that smfi_setreply takes: no CR or LF, '%' doubled, the class of code, enhanced code and return value one and the same.
#pragma once

#include <string>

#include "policy/reply.hh"

namespace crmrelay::milter {

struct SmtpReply {
    bool temporary = true;
    std::string code;       // "550"
    std::string enhanced;   // "5.7.1"
    std::string text;
};

SmtpReply smtp_reply(const policy::Reply& reply);

// What a client is told whose message has to wait for policyd: 451 4.3.0 [crmrelay:unavailable].
policy::Reply unavailable_reply();
// And whose message cannot be signed now although it has to be; or never, for what the message itself is: 550 5.6.0 [crmrelay:dkim].
policy::Reply unsigned_reply();
policy::Reply unsignable_reply(std::string_view why);

}  // namespace crmrelay::milter
