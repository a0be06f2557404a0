// SPDX-License-Identifier: BSD-2-Clause
//
// What an administrator pastes: a line of crmrelay's log, of Postfix's, or an SMTP reply; and what it says of a refusal. Pure; it believes nothing and
// finds only what it knows.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::ctl {

struct LogLine {
    std::string reason;      // a reason of advice_on(); empty where the line holds none
    std::string queue_id;    // empty where the line has none
    std::string client, login, domain, from, reply;   // each may be empty
};

LogLine read_log_line(std::string_view line);

// "4F1AB23C0D" or "3yQz7x1Kd5z9Tb" (long queue ids): letters and digits that Postfix could have made.
bool is_queue_id(std::string_view text);

// The reason that this word means: one in brackets, or "password" for what the login server calls it ("wrong-password", "535"); empty where it means none.
std::string reason_of_word(std::string_view word);

}  // namespace crmrelay::ctl
