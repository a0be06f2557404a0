// SPDX-License-Identifier: BSD-2-Clause
//
// Finds the parts of a delivery status notification (RFC 3464, RFC 6522, RFC 6533) and has them read.
#include "bounce/report.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/mime.hh"
#include "bounce/status_reader.hh"

namespace crmrelay::bounce {

namespace {

bool is_status(const Part& part) { return part.type == "message/delivery-status" || part.type == "message/global-delivery-status"; }

// Where the status fields begin: after the Content fields in the part's own header where the blank line between them is missing.
std::size_t status_start(const Message& message, const Part& part) {
    if (part.depth == 0) return part.body.offset;   // the message's own header stays whole, whatever stands in it
    std::size_t start = part.body.offset;
    FieldReader fields(message.text, part.header, message.line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(message.text);
        if (base::istarts_with(name, "Content-"))
            start = part.body.offset;
        else if (start == part.body.offset && opens_status(name))
            start = field.whole.offset;
    }
    return start;
}

void read_status_part(const Message& message, const Part& part, Report& report) {
    const auto start = status_start(message, part);
    report.status = View::between(start, part.body.end());
    report.status_header = View::between(part.header.offset, std::min(start, part.header.end()));
    report.line_end = message.line_end;
    if (start == part.body.offset) report.status_encoding = part.encoding;
    if (report.status_encoding == Encoding::identity) return read_status(message.text, report.status, report);
    report.decoded_status = decode(report.status_encoding, report.status.of(message.text), kMaxStatusOctets);
    report.truncated = report.decoded_status.size() == kMaxStatusOctets;
    report.line_end = line_end_of(report.decoded_status);
    read_status(report.decoded_status, {0, report.decoded_status.size()}, report);
}

// The returned part stands after the report (RFC 6522 section 3); some senders put it elsewhere.
const Part* find_returned(const Message& message, std::size_t status) {
    const auto after = std::find_if(message.parts.begin() + static_cast<std::ptrdiff_t>(status), message.parts.end(), is_returned);
    if (after != message.parts.end()) return &*after;
    const auto any = std::find_if(message.parts.begin(), message.parts.end(), is_returned);
    return any == message.parts.end() ? nullptr : &*any;
}

}  // namespace

bool is_returned(const Part& part) {
    for (const auto type : {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers", "message/partial"})
        if (part.type == type) return true;
    return false;
}

// The header of the original message, from the first field to the first blank line: lines that are no fields do no harm here.
void read_original(std::string_view text, View range, char line_end, Original& original) {
    FieldReader fields(text, range, line_end);
    bool first = true;
    for (Field field; fields.next(field); first = false) {
        if (field.after_blank && !first) return;
        const auto name = field.name.of(text);
        std::string* slot = base::iequals(name, "Message-ID") ? &original.message_id
                            : base::iequals(name, "To")       ? &original.to
                            : base::iequals(name, "From")     ? &original.from
                            : base::iequals(name, "Subject")  ? &original.subject
                                                              : nullptr;
        if (slot != nullptr && slot->empty()) *slot = unfolded(field.value.of(text), kMaxReportValue);
    }
}

std::string_view name_of(Action action) {
    switch (action) {
        case Action::failed: return "failed";
        case Action::delayed: return "delayed";
        case Action::delivered: return "delivered";
        case Action::relayed: return "relayed";
        case Action::expanded: return "expanded";
        case Action::unknown: break;
    }
    return "unknown";
}

base::Result<Report> read_report(std::string_view raw) { return read_report(scan(raw)); }

base::Result<Report> read_report(const Message& message) {
    const auto raw = message.text;
    const auto status = std::find_if(message.parts.begin(), message.parts.end(), is_status);
    if (status == message.parts.end()) return base::Error{"no delivery report: the message has no message/delivery-status part"};

    Report report;
    read_status_part(message, *status, report);
    report.truncated = report.truncated || message.truncated;
    if (const Part* returned = find_returned(message, static_cast<std::size_t>(status - message.parts.begin()))) {
        report.returned = returned->body;
        if (returned->encoding == Encoding::identity) {
            read_original(raw, returned->body, message.line_end, report.original);
        } else {
            const auto text = decode(returned->encoding, returned->body.of(raw), kMaxHeader);
            read_original(text, {0, text.size()}, line_end_of(text), report.original);
        }
    }
    return report;
}

}  // namespace crmrelay::bounce
