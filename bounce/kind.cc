// SPDX-License-Identifier: BSD-2-Clause
//
// What a message's header says of its kind (RFC 3834; Postfix bounce(5)).
#include "bounce/kind.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/mime.hh"

namespace crmrelay::bounce {

namespace {

// The first word of a value with parameters: "auto-replied; owner-email=…".
std::string_view first_word(std::string_view value) { return value.substr(0, std::min(value.find_first_of("; \t("), value.size())); }

bool says_automatic(std::string_view name, std::string_view value) {
    if (base::iequals(name, "Auto-Submitted")) return !first_word(value).empty() && !base::iequals(first_word(value), "no");
    if (base::iequals(name, "Precedence")) return base::iequals(value, "auto_reply") || base::iequals(value, "auto-reply");
    if (base::iequals(name, "X-Autoreply") || base::iequals(name, "X-Autorespond")) return !base::iequals(value, "no");
    return false;
}

// bounce(5): the copy for a postmaster has Postmaster-Subject; the notice's sender is double-bounce@ (double_bounce_sender).
bool says_double_bounce(std::string_view name, std::string_view value) {
    if (base::iequals(name, "Subject")) return base::istarts_with(value, "Postmaster Copy: Undelivered");
    if (base::iequals(name, "Return-Path")) return base::istarts_with(bare_mailbox(value), "double-bounce@");
    return false;
}

}  // namespace

Kind kind_of(std::string_view raw) {
    const auto head = raw.substr(0, kMaxHeader);
    const Message message = scan(head);
    Kind kind;
    FieldReader fields(head, message.parts[0].header, message.line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(head);
        const auto value = unfolded(field.value.of(head), kMaxReportValue);
        kind.auto_submitted = kind.auto_submitted || says_automatic(name, value);
        kind.looks_like_double_bounce = kind.looks_like_double_bounce || says_double_bounce(name, value);
    }
    return kind;
}

}  // namespace crmrelay::bounce
