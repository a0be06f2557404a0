// SPDX-License-Identifier: BSD-2-Clause
//
// Header fields: folding, blank lines, garbage, line ends, caps.
#include "bounce/header.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

namespace {

std::string listed(std::string_view text, std::size_t max_fields = kMaxFields, std::size_t max_octets = kMaxHeader) {
    std::string out;
    FieldReader fields(text, {0, text.size()}, line_end_of(text), max_fields, max_octets);
    for (Field field; fields.next(field);) {
        if (field.after_blank) out += '|';
        out += std::string(field.name.of(text)) + "=" + unfolded(field.value.of(text)) + ";";
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header)

BOOST_AUTO_TEST_CASE(fields_are_found_in_any_text) {
    struct Row {
        std::string text;
        std::string want_fields;
    };
    const std::vector<Row> rows{
        {"", ""},
        {"\n", ""},
        {"A: 1\r\nB: 2\r\n", "A=1;B=2;"},
        {"A: 1\nB: 2", "A=1;B=2;"},
        {"A: 1\rB: 2\r", "A=1;B=2;"},
        {"A: 1\r\r\nB: 2\r\n", "A=1;B=2;"},
        {"A:1\r\n \t2\r\n\t3\r\nB :4\r\n", "A=1 2 3;B=4;"},
        {"A: 1\n\nB: 2\n", "A=1;|B=2;"},
        {"A: 1\n \t \nB: 2\n", "A=1;|B=2;"},
        {"A: 1\n \n 2\nB: 3\n", "A=1 2;B=3;"},
        {"garbage\n more\nA: 1\n???\nB: 2\n", "A=1;B=2;"},
        {"From sender@host Mon Nov 23\nA: 1\n", "A=1;"},
        {": no name\nA b: blank in name\nA: 1\n", "A=1;"},
        {std::string("A: x\0y\n", 7), "A=xy;"},
        {std::string(kMaxFieldName + 1, 'n') + ": 1\nA: 1\n", "A=1;"},
    };
    for (const auto& row : rows) BOOST_TEST(listed(row.text) == row.want_fields, row.text);
}

BOOST_AUTO_TEST_CASE(caps_end_the_reading) {
    BOOST_TEST(listed("A: 1\nB: 2\nC: 3\n", 2) == "A=1;B=2;");
    BOOST_TEST(listed("A: 1\nB: 2\nC: 3\n", kMaxFields, 10) == "A=1;B=2;");
    BOOST_TEST(unfolded(std::string(kMaxValue + 10, 'x')).size() == kMaxValue);
    BOOST_TEST(unfolded("a\r\n b", 2) == "a ");
}

BOOST_AUTO_TEST_CASE(the_first_field_of_a_name_is_found_in_any_case) {
    const std::string text = "subject: one\nSUBJECT: two\n";
    BOOST_TEST(find_field(text, {0, text.size()}, '\n', "Subject").value_or("") == "one");
    BOOST_TEST(!find_field(text, {0, text.size()}, '\n', "To").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
