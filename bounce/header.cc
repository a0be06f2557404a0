// SPDX-License-Identifier: BSD-2-Clause
//
// Header fields as views into a text. One pass, no backtracking: the time is linear in what is read.
#include "bounce/header.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"

namespace crmrelay::bounce {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Nothing but blanks: ends a block of a report, and continues a folded field only where more of it follows (RFC 5322 section 4.2).
bool only_blanks(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && is_blank(line[at])) ++at;
    return at == line.size();
}

// Octets of a field's name: printable ASCII but the colon (RFC 5322 section 3.6.8).
constexpr auto kNameOctets = [] {
    std::array<bool, 256> table{};
    for (std::size_t octet = '!'; octet < 127; ++octet) table[octet] = octet != ':';
    return table;
}();

}  // namespace

char line_end_of(std::string_view text) {
    if (text.find('\n') != std::string_view::npos) return '\n';
    return text.find('\r') != std::string_view::npos ? '\r' : '\n';
}

bool LineReader::next(Line& line) {
    if (at_ >= text_.size()) return false;
    const auto found = text_.find(line_end_, at_);
    const std::size_t next = found == std::string_view::npos ? text_.size() : found + 1;
    std::size_t end = found == std::string_view::npos ? text_.size() : found;
    if (found != std::string_view::npos)
        while (end > at_ && text_[end - 1] == '\r') --end;
    line.text = View::between(at_, end);
    line.whole = View::between(at_, next);
    at_ = next;
    return true;
}

std::size_t field_name_length(std::string_view line) {
    const std::size_t most = std::min(line.size(), kMaxFieldName);
    std::size_t length = 0;
    while (length < most && kNameOctets[static_cast<unsigned char>(line[length])]) ++length;
    std::size_t colon = length;
    while (colon < line.size() && colon < kMaxFieldName && is_blank(line[colon])) ++colon;
    return colon < line.size() && line[colon] == ':' ? length : 0;
}

FieldReader::FieldReader(std::string_view text, View range, char line_end, std::size_t max_fields, std::size_t max_octets)
    : text_(text), lines_(text, {range.offset, std::min(range.length, max_octets)}, line_end), fields_left_(max_fields) {
    advance();
}

bool FieldReader::advance() { return have_line_ = lines_.next(line_); }

bool FieldReader::next(Field& field) {
    bool blank = separated_;
    std::size_t name = 0;
    for (; have_line_; advance()) {
        const auto line = line_.text.of(text_);
        if (only_blanks(line)) blank = true;
        name = field_name_length(line);
        if (name > 0) break;
    }
    if (!have_line_ || fields_left_ == 0) return false;
    --fields_left_;

    field.after_blank = blank;
    field.name = {line_.text.offset, name};
    const std::size_t colon = text_.find(':', field.name.end());
    field.value = View::between(colon + 1, line_.text.end());
    field.whole = line_.whole;
    while (advance()) {
        const auto line = line_.text.of(text_);
        if (line.empty() || !is_blank(line[0])) break;
        if (only_blanks(line)) continue;
        field.value = View::between(colon + 1, line_.text.end());
        field.whole = View::between(field.whole.offset, line_.whole.end());
    }
    // A line of blanks that no continuation followed was passed over above: it separates, as an empty line does.
    separated_ = have_line_ && line_.whole.offset > field.whole.end();
    return true;
}

std::string unfolded(std::string_view value, std::size_t cap) {
    value = base::trim(value);
    std::string out;
    out.reserve(std::min(value.size(), cap));
    bool fold = false;
    for (std::size_t at = 0; at < value.size() && out.size() < cap;) {
        // A stretch without a line end or NUL is taken as it stands.
        std::size_t end = at;
        while (end < value.size() && value[end] != '\r' && value[end] != '\n' && value[end] != '\0') ++end;
        auto stretch = value.substr(at, end - at);
        if (fold) stretch.remove_prefix(std::min(stretch.find_first_not_of(" \t"), stretch.size()));
        if (!stretch.empty()) {
            if (fold && !out.empty() && !is_blank(out.back())) out += ' ';
            fold = false;
            out += stretch.substr(0, cap - out.size());
        }
        if (end < value.size() && value[end] != '\0') fold = true;
        at = end + 1;
    }
    return out;
}

std::optional<std::string> find_field(std::string_view text, View header, char line_end, std::string_view name, std::size_t cap) {
    FieldReader fields(text, header, line_end);
    for (Field field; fields.next(field);)
        if (base::iequals(field.name.of(text), name)) return unfolded(field.value.of(text), cap);
    return std::nullopt;
}

}  // namespace crmrelay::bounce
