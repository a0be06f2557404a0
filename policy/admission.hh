// SPDX-License-Identifier: BSD-2-Clause
//
// The admission protocol between milter and policyd: questions and answers as values, and their form on the wire.
//
// A frame is four octets of length (big endian, at most kFrameCap) and that many octets of attributes, each "name NUL value NUL"; names may
// repeat. The first attribute of a question is `ask`, of an answer `answer`. Unknown attributes are ignored. `announce`, `close` and `ended` have no answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hh"
#include "policy/facts.hh"
#include "policy/reply.hh"

namespace crmrelay::policy {

constexpr std::size_t kFrameCap = 4 << 20;   // 10,000 recipients with long parameters stay below it

// At MAIL: this session passes through the milter, and begins a message. `session` is "INSTANCE-NUMBER", the instance being one milter process.
struct Announce {
    std::string session;
    SessionFacts facts;
};

// The session has ended.
struct Close {
    std::string session;
};

// A session that the milter saw has ended before MAIL.
struct Ended {
    std::string session;
    SessionFacts facts;        // as far as they are known then: no login
    std::uint32_t greetings = 0;   // HELO and EHLO
};

// At DATA: is this message a CRM's?
struct Whose {
    std::string session;
    SessionFacts facts;
};

// At end of message: what happens to it?
struct Admit {
    std::string session;
    SessionFacts facts;
    MessageFacts message;
};

using Question = std::variant<Announce, Close, Ended, Whose, Admit>;

struct Mine {};     // to Whose: a CRM's message
struct Pass {};     // to Whose and Admit: not ours, leave it alone

// To Admit: it is relayed, its record is durable.
struct Relay {
    std::string return_path;   // new envelope sender; empty: leave sender, ENVID and RET as they are
    std::string envid;         // the token
    bool set_ret_hdrs = false; // the CRM gave no RET
    std::string sign;          // the configuration entry whose DKIM keys sign the message, by name; empty: it is not signed
    std::string archive;       // a mailbox that becomes another recipient, or empty
    std::vector<std::string> remove;   // header fields, by name, that leave where no signature covers them
};

using Answer = std::variant<Mine, Pass, Relay, Reply>;

// Whole frames, length included.
std::string encode(const Question& question);
std::string encode(const Answer& answer);

// The length that a frame's first four octets announce; an error above kFrameCap.
constexpr std::size_t kFrameHead = 4;
base::Result<std::size_t> frame_length(std::string_view head);

// The attributes of a frame, without its head.
base::Result<Question> decode_question(std::string_view attributes);
base::Result<Answer> decode_answer(std::string_view attributes);

}  // namespace crmrelay::policy
