// SPDX-License-Identifier: BSD-2-Clause
//
// How mail systems lay out a failure notice that people read: tables of words, a file a group of systems, each row saying what stands where
// such words stand. Words are lower case and looked for within a line; "^" binds them to its first octet that is no blank.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bounce/reason.hh"

namespace crmrelay::bounce {

enum class Mark : std::uint8_t {
    sign,         // this is a notice of that system
    subject,      // a Subject that notices have (the words are looked for there only)
    sender,       // a From that notices have (there only)
    header,       // a header line, "name: value", that only notices of that system have (there only)
    original,     // the original message follows
    recipient,    // a recipient follows, in this line or the next ones
    diagnostic,   // what the server said follows, in this line or the next ones
    dialogue,     // an SMTP dialogue follows; it is asked where nothing else says what the server said
    stop,         // what the server said has ended
    delayed,      // a warning, not a failure
    delivered,    // a success
};

struct LayoutRow {
    Mark mark;
    std::string_view words;
};

struct Layout {
    std::string_view system;                 // "qmail"; the rule that is told
    std::span<const LayoutRow> rows;
    Reason otherwise = Reason::undefined;    // where no evidence says why: what such notices of this system mean
};

std::span<const Layout> general_layouts();    // layout_general.cc: what many systems share
std::span<const Layout> unix_layouts();       // layout_unix.cc: sendmail, qmail, exim, postfix, courier, opensmtpd, …
std::span<const Layout> product_layouts();    // layout_product.cc: Exchange, Notes, IMail, MailMarshal, filters and gateways
std::span<const Layout> provider_layouts();   // layout_provider.cc: Gmail, Yahoo, GMX, Zoho, Amazon, Mail.Ru, …
std::span<const Layout> japanese_layouts();   // layout_japan.cc: carriers, providers, m-FILTER

}  // namespace crmrelay::bounce
