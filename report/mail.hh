// SPDX-License-Identifier: BSD-2-Clause
//
// Makes the mails that are sent besides hand-backs: notices to administrators (RFC 5322, with a message attached after RFC 2046), and mail that is
// passed on as it came. What comes from outside cannot add a header, and everything ends its lines in CRLF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"

namespace crmrelay::report {

constexpr std::string_view kHopHeader = "X-Crmrelay-Hop";   // how often we passed a message on
constexpr int kHopsMost = 3;                                // a message that came round more often is not handed on again
constexpr int kHopsRead = 1000;                             // a number above is read as this

struct Notice {
    std::string domain;                    // that it is about: it comes from postmaster@domain
    std::string to;
    std::string subject;
    std::vector<std::string> paragraphs;   // UTF-8
    std::string_view attached;             // a message; empty: none
    int hops = 0;                          // of the attached message
};

// `unique` names the message: letters and digits only.
std::string compose_notice(const Notice& notice, base::Seconds now, std::string_view unique);

// The message as it is, with one more hop on top.
std::string pass_on(std::string_view message, int hops);

std::string hop_header(int hops);           // "X-Crmrelay-Hop: 1", without a line end
int hops_of(std::string_view message);      // the greatest of its hop headers, 0 where it has none

// Text for a header (RFC 2047): as it is where it is short printable ASCII, else in encoded words; controls are gone.
std::string header_text(std::string_view utf8);

std::string with_crlf(std::string_view text);   // every line ends in CRLF; a CR that ends none becomes a blank

}  // namespace crmrelay::report
