// SPDX-License-Identifier: BSD-2-Clause
//
// An LMTP reply (RFC 5321 section 4.2, RFC 3463): its class stands once, in the code, so that the enhanced code cannot disagree.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::bounce {

struct LmtpReply {
    int code = 451;
    std::string detail = "3.0";   // subject and detail of the enhanced status code; empty where a reply has none
    std::string text;             // one line

    bool positive() const { return code / 100 == 2; }
    std::string line() const;     // "250 2.1.0 text\r\n"; what could break the line is "?"

    static LmtpReply accepted(std::string_view text) { return {250, "0.0", std::string(text)}; }
    static LmtpReply trouble(std::string_view text) { return {451, "3.0", std::string(text)}; }   // every trouble of ours
    static LmtpReply unknown_mailbox(std::string_view text) { return {550, "1.1", std::string(text)}; }
};

}  // namespace crmrelay::bounce
