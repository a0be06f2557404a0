// SPDX-License-Identifier: BSD-2-Clause
//
// One pass over the message's own header.
#include "bounce/top.hh"

#include "base/text.hh"
#include "bounce/address.hh"
#include "bounce/charset.hh"
#include "bounce/find_address.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

namespace {

void take_failed(std::string_view value, Top& top) {
    for (const auto item : base::split(value, ',')) {
        if (top.failed_recipients.size() == kMaxNoticeRecipients) return;
        const auto address = find_address(item);
        if (!address.empty()) top.failed_recipients.emplace_back(address);
    }
}

}  // namespace

Top read_top(const Message& message) {
    Top top;
    FieldReader fields(message.text, message.parts[0].header, message.line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(message.text);
        const auto raw = field.value.of(message.text);
        if (base::iequals(name, "From")) {
            if (top.from.empty()) top.from = decode_words(unfolded(raw, kMaxReportValue), kMaxReportValue);
            look_at_field(name, top.from, top.signs);
        } else if (base::iequals(name, "Subject")) {
            top.subject = decode_words(unfolded(raw, kMaxReportValue), kMaxReportValue);
            look_at_field(name, top.subject, top.signs);
        } else if (base::iequals(name, "Return-Path")) {
            const auto value = base::trim(raw);
            top.null_sender = top.null_sender || value == "<>" || base::istarts_with(bare_mailbox(value), "mailer-daemon");
        } else if (base::iequals(name, "X-Failed-Recipients")) {
            take_failed(unfolded(raw, kMaxValue), top);
        } else if (base::iequals(name, "Auto-Submitted")) {
            top.machine = top.machine || !base::istarts_with(base::trim(raw), "no");
        } else if (base::iequals(name, "Date")) {
            top.date = unfolded(raw, kMaxReportValue);
        } else if (base::iequals(name, "To")) {
            top.to = unfolded(raw, kMaxReportValue);
        } else if (base::istarts_with(name, "X-")) {
            look_at_field(name, base::trim(raw.substr(0, 200)), top.signs);
        }
    }
    return top;
}

}  // namespace crmrelay::bounce
