// SPDX-License-Identifier: BSD-2-Clause
//
// What a failure means, as far as its action, enhanced status code (RFC 3463) and reply code say it; texts are not read.
#pragma once

#include <string_view>

#include "bounce/report.hh"

namespace crmrelay::bounce {

struct Classification {
    std::string_view reason;   // Sisimai's vocabulary: userunknown, mailboxfull, …
    std::string_view verdict;  // "hard": the address is dead; "soft"; "policy": the receiver minds sender or content; "other"
    std::string_view fault;    // recipient, content, policy, relay, unknown
    std::string_view rule;     // what decided, "5.1.1" or "552"; empty where nothing did
};

// `status` as "5.1.1" or empty, `code` as 550 or 0.
Classification classify(Action action, std::string_view status, int code);

}  // namespace crmrelay::bounce
