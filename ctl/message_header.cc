// SPDX-License-Identifier: BSD-2-Clause
//
// A header ends at the first empty line (RFC 5322 section 2.1).
#include "ctl/message_header.hh"

#include "base/text.hh"
#include "bounce/header.hh"

namespace crmrelay::ctl {

namespace {

bounce::View header_of(std::string_view message) {
    bounce::LineReader lines(message, {0, message.size()}, bounce::line_end_of(message));
    bounce::Line line;
    std::size_t end = 0;
    while (lines.next(line) && line.text.length > 0) end = line.whole.end();
    return {0, end};
}

}  // namespace

std::vector<std::string> field_values(std::string_view message, std::string_view name) {
    std::vector<std::string> out;
    bounce::FieldReader fields(message, header_of(message), bounce::line_end_of(message));
    bounce::Field field;
    while (fields.next(field))
        if (base::iequals(base::trim(field.name.of(message)), name)) out.emplace_back(base::trim(field.value.of(message)));
    return out;
}

std::vector<std::string> from_fields(std::string_view message) { return field_values(message, "From"); }

std::string message_id_of(std::string_view message) {
    return bounce::find_field(message, header_of(message), bounce::line_end_of(message), "Message-ID").value_or("");
}

}  // namespace crmrelay::ctl
