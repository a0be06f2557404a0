// SPDX-License-Identifier: BSD-2-Clause
//
// Complaints, a field at a time.
#include "bounce/complaint.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/address.hh"
#include "bounce/find_address.hh"
#include "bounce/readable.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxComplaintText = 4'096;

void keep(std::string& slot, std::string value) {
    if (slot.empty()) slot = std::move(value);
}

void read_fields(std::string_view text, char line_end, Complaint& complaint) {
    FieldReader fields(text, {0, text.size()}, line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(text);
        const auto value = unfolded(field.value.of(text), kMaxReportValue);
        if (base::iequals(name, "Feedback-Type")) keep(complaint.type, base::lower(value));
        if (base::iequals(name, "Original-Rcpt-To") || base::iequals(name, "Removal-Recipient")) keep(complaint.recipient, std::string(find_address(value)));
        if (base::iequals(name, "Original-Mail-From")) keep(complaint.original_sender, bare_mailbox(value));
        if (base::iequals(name, "Source-IP")) keep(complaint.source, value);
        if (base::iequals(name, "Arrival-Date") || base::iequals(name, "Received-Date")) keep(complaint.date, value);
        if (base::iequals(name, "Message-ID")) keep(complaint.message_id, value);
    }
}

const Part* find_part(const Message& message, std::string_view type) {
    const auto found = std::find_if(message.parts.begin(), message.parts.end(), [&](const Part& part) { return part.type == type; });
    return found == message.parts.end() ? nullptr : &*found;
}

// Microsoft's JMRP sends the message itself, with fields of its own on top.
void read_junk_report(const Message& message, Complaint& complaint) {
    const Part* returned = find_part(message, "message/rfc822");
    if (returned == nullptr) return;
    const auto text = returned->body.of(message.text);
    for (const auto name : {"X-HmXmrOriginalRecipient", "X-MS-Exchange-Inbox-Rules-Loop"}) {
        const auto value = find_field(text, {0, std::min(text.size(), kMaxHeader)}, message.line_end, name, kMaxReportValue);
        if (!value) continue;
        complaint.found = true;
        complaint.type = "abuse";
        complaint.recipient = find_address(*value);
        return;
    }
}

}  // namespace

Complaint read_complaint(const Message& message) {
    Complaint complaint;
    if (const Part* part = find_part(message, "message/feedback-report")) {
        complaint.found = true;
        const auto body = part->body.of(message.text);
        if (part->encoding == Encoding::identity) {
            read_fields(body, message.line_end, complaint);
        } else {
            const auto text = decode(part->encoding, body, kMaxHeader);
            read_fields(text, line_end_of(text), complaint);
        }
        if (complaint.type.empty()) complaint.type = "other";
        if (const Part* text = find_part(message, "text/plain")) complaint.text = readable(message, *text, kMaxComplaintText);
        return complaint;
    }
    const auto& top = message.parts[0];
    std::optional<std::string_view> from, subject;
    bool unsubscribed = false;
    FieldReader fields(message.text, top.header, message.line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(message.text);
        if (!from && base::iequals(name, "From")) from = field.value.of(message.text);
        if (!subject && base::iequals(name, "Subject")) subject = field.value.of(message.text);
        unsubscribed = unsubscribed || base::iequals(name, "X-Apple-Unsubscribe");
    }
    if (unsubscribed) {
        complaint.found = true;
        complaint.type = "opt-out";
        if (from) complaint.recipient = find_address(unfolded(*from, kMaxReportValue));
        complaint.text = readable(message, top, kMaxComplaintText);
        return complaint;
    }
    if (subject && base::istarts_with(unfolded(*subject, kMaxReportValue), "complaint about message")) read_junk_report(message, complaint);
    return complaint;
}

}  // namespace crmrelay::bounce
