// SPDX-License-Identifier: BSD-2-Clause
//
// How a domain's administrators are written to: its language and its clock, and what a notice is before it is a mail. Texts stand in notice_*.cc and
// digest_text.cc, a function a kind; translations in po/.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timezone.hh"
#include "base/translation.hh"
#include "conf/config.hh"

namespace crmrelay::report {

struct Wording {
    base::Translation tr{"en"};
    base::TimeZone zone;

    std::string time(base::Seconds at) const;                    // "2026-11-25 21:00:00 (Asia/Tokyo)"
    std::string time(std::string_view rfc3339) const;            // of base::rfc3339's form; any other text stays
    std::string date(base::Day day) const;                       // "2026-11-25"
};

// In English and UTC where the domain is not configured any more.
Wording wording_of(const conf::Domain* domain);

struct NoticeText {
    std::string subject;
    std::vector<std::string> paragraphs;   // lines that begin with two blanks are quotations
    std::string_view attached;             // a message; empty: none
    int hops = 0;                          // of the attached message
};

// A text with {named} fields, which it has after its translation too.
template <typename... Fields>
std::string filled(const std::string& text, Fields&&... fields) {
    return fmt::format(fmt::runtime(text), std::forward<Fields>(fields)...);
}

}  // namespace crmrelay::report
