// SPDX-License-Identifier: BSD-2-Clause
//
// What codes alone say of a failure: enhanced status codes (RFC 3463 and IANA's registry, Microsoft's codes above x.x.99) and SMTP reply
// codes (RFC 5321 section 4.2.3, RFC 7504). Texts are not read: judge.hh weighs codes and texts.
#pragma once

#include <string_view>

#include "bounce/reason.hh"

namespace crmrelay::bounce {

struct CodeRule {
    std::string_view code;   // "5.1.1"; "x.2.2" for class 4 and 5; "x.6.*" for any detail; "5.7.60*" for 5.7.600 to 5.7.609; "552"
    Reason reason = Reason::undefined;
    int weight = 0;          // on the scale of phrase.hh
};

// nullptr where the codes say nothing: those that receivers use for everything (5.0.0, 550) are in no table.
const CodeRule* rule_of_status(std::string_view status);   // "5.1.1"
const CodeRule* rule_of_reply(int code);                   // 552

}  // namespace crmrelay::bounce
