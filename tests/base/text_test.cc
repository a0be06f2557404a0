// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/text.cc.
#include "base/text.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::base;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(only_ascii_letters_are_folded) {
    BOOST_TEST(lower("Abc-Z19 \xc3\x84[") == "abc-z19 \xc3\x84[");
    static const struct {
        const char *a, *b;
        bool want_equal, want_prefix;
    } kTable[] = {
        {"Message-ID", "message-id", true, true}, {"Message-ID", "message", false, true}, {"", "", true, true},
        {"abc", "", false, true},                 {"ab", "abc", false, false},            {"a@b", "a`b", false, false},
        {"\xc3\x84", "\xc3\xa4", false, false},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.a << " and " << row.b) {
            BOOST_TEST(iequals(row.a, row.b) == row.want_equal);
            BOOST_TEST(istarts_with(row.a, row.b) == row.want_prefix);
        }
}

BOOST_AUTO_TEST_CASE(trim_takes_white_space_at_both_ends) {
    static const struct {
        const char *text, *want;
    } kTable[] = {{" \t a b\r\n", "a b"}, {"", ""}, {" \r\n\t", ""}, {"x", "x"}, {"\va", "\va"}};
    for (const auto& row : kTable) BOOST_TEST(trim(row.text) == row.want);
}

BOOST_AUTO_TEST_CASE(split_keeps_empty_parts) {
    static const struct {
        const char* text;
        std::vector<std::string_view> want;
    } kTable[] = {{"a,,b", {"a", "", "b"}}, {"", {""}}, {",", {"", ""}}, {"abc", {"abc"}}, {"a,", {"a", ""}}};
    for (const auto& row : kTable) BOOST_TEST(split(row.text, ',') == row.want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_are_digits_and_nothing_else) {
    static const struct {
        std::string_view text;
        std::optional<std::uint64_t> want;
    } kTable[] = {
        {"0", 0},        {"007", 7},      {"18446744073709551615", 18446744073709551615u}, {"18446744073709551616", {}}, {"", {}}, {"-1", {}}, {"+1", {}},
        {" 1", {}},      {"1 ", {}},      {"0x1", {}},                                     {"1.0", {}},                  {{"1\0", 2}, {}},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.text) BOOST_TEST((parse_number(row.text) == row.want));
}

BOOST_AUTO_TEST_CASE(what_came_from_outside_is_neutered) {
    static const struct {
        const char* about;
        std::string text, want;
    } kTable[] = {
        {"plain text stays", "a b=\"c\"~", "a b=\"c\"~"},
        {"UTF-8 stays", "\xe5\x96\xb6\xe6\xa5\xad \xf0\x9f\x93\xa7 \xc3\xa9", "\xe5\x96\xb6\xe6\xa5\xad \xf0\x9f\x93\xa7 \xc3\xa9"},
        {"C0 controls and DEL", "a\r\nb\tc\0d\x1b[2J\x7f"s, "a??b?c?d?[2J?"},
        {"C1 controls", "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "???\xc2\xa0"},
        {"lone octets", "\x80\xff\xc3", "???"},
        {"overlong forms", "\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "?????????"},
        {"surrogates, beyond U+10FFFF", "\xed\xa0\x80\xf4\x90\x80\x80", "???????"},
        {"a sequence that breaks off", "\xe5\x96 a", "?? a"},
        {"direction marks and hidden characters", "a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xe2\x80\x8b" "d\xd8\x9c" "e\xef\xbb\xbf", "a?b?c?d?e?"},
        {"line and paragraph separator", "a\xe2\x80\xa8" "b\xe2\x80\xa9", "a?b?"},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.about) BOOST_TEST(neuter(row.text) == row.want);
}

BOOST_AUTO_TEST_CASE(neutered_text_is_cut_at_its_cap) {
    static const struct {
        const char* text;
        std::size_t cap;
        const char* want;
    } kTable[] = {
        {"abcdef", 6, "abcdef"},  {"abcdefg", 6, "abc..."},       {"abcdefg", 3, "..."},        {"abcdefg", 2, ".."},          {"abcdefg", 0, ""},
        {"abc\xc3\xa9" "def", 7, "abc..."}, {"ab\xc3\xa9" "def", 7, "ab\xc3\xa9" "def"},
        {"ab\xc3\xa9" "defg", 7, "ab\xc3\xa9..."}, {"\xe5\x96\xb6\xe6\xa5\xad", 5, "..."},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.text << " at " << row.cap) BOOST_TEST(neuter(row.text, row.cap) == row.want);
    BOOST_TEST(neuter(std::string(10000, 'x')).size() == 512u);
}

BOOST_AUTO_TEST_CASE(log_values_are_quoted_where_they_could_be_misread) {
    static const struct {
        const char *text, *want;
    } kTable[] = {
        {"plain", "plain"},       {"<a@b>", "<a@b>"},         {"", "\"\""},
        {"a b", "\"a b\""},       {"a=b", "\"a=b\""},         {"a\"b", "\"a\\\"b\""},
        {"a\\b", "\"a\\\\b\""}, {"a\n b", "\"a? b\""},
    };
    for (const auto& row : kTable) BOOST_TEST(log_value(row.text) == row.want);
    BOOST_TEST(log_value("abcdefgh", 6) == "abc...");
}

BOOST_AUTO_TEST_SUITE_END()
