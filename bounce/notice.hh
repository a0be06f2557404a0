// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a failure notice that is written for people: which system wrote it, whom it could not reach, what the server said, and where the
// original message begins. The tables of layout.hh say what to look for; the engine here is one for all systems, and linear in the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/header.hh"
#include "bounce/layout.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxNoticeRecipients = 10'000;   // of one notice; those after them are not told
inline constexpr std::size_t kMaxNoticeLines = 200'000;       // lines that are read

struct NoticeRecipient {
    std::string address;
    std::string diagnostic;   // what stands with this recipient, raw lines joined by LF; may be empty
};

struct Notice {
    std::string_view system;          // the layout that knows it; empty where none does
    Reason otherwise = Reason::undefined;
    bool signed_by_system = false;    // words that only notices have were met
    bool delayed = false;
    bool delivered = false;
    std::vector<NoticeRecipient> recipients;
    std::string diagnostic;           // what stands after a label, for all recipients; may be empty
    View status;                      // of the text: fields of a delivery report that stand in it as text; empty where there are none
    View explanation;                 // of the text: up to the original message
    View original;                    // of the text: the original message's header, as far as it can be told; empty where there is none
    bool truncated = false;
};

Notice read_notice(std::string_view text);

// What a header says: 0 nothing; the Subject's and From's rows, the header rows.
struct HeaderSigns {
    bool subject = false;         // a subject that notices have
    bool sender = false;          // a sender that notices have
    bool delayed = false;         // a subject that warnings have
    std::string_view system;      // the layout whose header row was met
    Reason otherwise = Reason::undefined;
};

void look_at_field(std::string_view name, std::string_view value, HeaderSigns& signs);

}  // namespace crmrelay::bounce
