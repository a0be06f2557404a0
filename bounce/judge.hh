// SPDX-License-Identifier: BSD-2-Clause
//
// What a failure means: the evidence of its text, enhanced status code, reply code, SMTP command and action is weighed, and the heaviest says
// the reason, how sure that is, and which rule spoke. Pure, and linear in the text.
#pragma once

#include <string>
#include <string_view>

#include "bounce/reason.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

// The SMTP command that was answered, as far as a text tells it.
enum class Command : std::uint8_t { unknown, connect, mail, rcpt, data };

Command command_in(std::string_view text);

// What stands around all diagnostics of a report, looked at once.
struct Surroundings {
    Reason reason = Reason::undefined;
    int weight = 0;
    std::string rule;
    Command command = Command::unknown;
};

Surroundings look_around(std::string_view text);

struct Evidence {
    Action action = Action::unknown;
    std::string_view status;       // "5.1.1" or empty
    int code = 0;                  // 550 or 0
    std::string_view diagnostic;   // what the server said; any text, any number of lines
    const Surroundings* around = nullptr;   // asked where the diagnostic decides nothing
    bool exit_status = false;      // the diagnostic is what a program returned to its mail server (X-UNIX)
};

struct Judgement {
    Reason reason = Reason::undefined;
    std::string_view verdict = "other";   // hard, soft, policy, other
    std::string_view fault = "unknown";
    std::string rule;                     // "text: user unknown", "status: 5.1.1", "code: 552", "command: MAIL", "action: failed"; empty where nothing spoke
    std::string_view sure = "no";         // "no", "little", "fairly", "very"
    int weight = 0;                       // ten times the scale of phrase.hh
};

Judgement judge(const Evidence& evidence);

// `text` as phrases are looked for in it: lower case, one line, without the codes that continue a reply, addresses as "@"; at most `cap` octets.
std::string comparable_text(std::string_view text, std::size_t cap);

}  // namespace crmrelay::bounce
