// SPDX-License-Identifier: BSD-2-Clause
//
// Header fields (RFC 5322 section 2.2) as views into a text: where a field stands, not what it means. Lines may end in CRLF or LF,
// or in CR where the text holds no LF at all. Nothing is copied but by unfolded(); nothing here fails on any input.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crmrelay::bounce {

// A stretch of a text, as offset and length: it outlives edits of the container that holds the text.
struct View {
    std::size_t offset = 0;
    std::size_t length = 0;

    std::size_t end() const { return offset + length; }
    bool empty() const { return length == 0; }
    std::string_view of(std::string_view text) const { return offset <= text.size() ? text.substr(offset, length) : std::string_view{}; }
    static View between(std::size_t from, std::size_t to) { return {from, to > from ? to - from : 0}; }
};

inline constexpr std::size_t kMaxHeader = 1 << 20;     // octets of one header that are read for fields
inline constexpr std::size_t kMaxFields = 2'000;       // fields of one header that are read
inline constexpr std::size_t kMaxFieldName = 256;      // octets; a longer name makes the line garbage
inline constexpr std::size_t kMaxValue = 1 << 16;      // octets of one field's unfolded value

// '\n', or '\r' where the text holds no line feed.
char line_end_of(std::string_view text);

struct Line {
    View text;   // without its line end; carriage returns before a line feed belong to the line end
    View whole;
};

// The lines of text[range], one after the other.
class LineReader {
public:
    LineReader(std::string_view text, View range, char line_end) : text_(text.substr(0, range.end())), at_(range.offset), line_end_(line_end) {}
    bool next(Line& line);

private:
    std::string_view text_;
    std::size_t at_;
    char line_end_;
};

struct Field {
    View name;
    View value;                 // what follows the colon, folds included, without the last line end
    View whole;                 // from the name to the last line end
    bool after_blank = false;   // a blank line stood between this field and the one before
};

// The length of the field name that opens `line`, 0 where the line is no field.
std::size_t field_name_length(std::string_view line);

// The fields of text[range]; lines that are no fields are passed over. Reads at most `max_octets` octets and `max_fields` fields.
class FieldReader {
public:
    FieldReader(std::string_view text, View range, char line_end, std::size_t max_fields = kMaxFields, std::size_t max_octets = kMaxHeader);
    bool next(Field& field);

private:
    bool advance();

    std::string_view text_;
    LineReader lines_;
    Line line_{};            // read, and not yet part of a field
    bool have_line_ = false;
    bool separated_ = false;  // a line of blanks was passed over after the last field
    std::size_t fields_left_;
};

// A field's value on one line: folds become one space, NULs go, blanks at both ends too; at most `cap` octets.
std::string unfolded(std::string_view value, std::size_t cap = kMaxValue);

// The first field of that name (case folded), unfolded.
std::optional<std::string> find_field(std::string_view text, View header, char line_end, std::string_view name, std::size_t cap = kMaxValue);

}  // namespace crmrelay::bounce
