// SPDX-License-Identifier: BSD-2-Clause
//
// Content-Type values: RFC 2045 tokens and quoted strings, RFC 2231 pieces, broken forms, caps.
#include "bounce/content_type.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

BOOST_AUTO_TEST_SUITE(content_type)

BOOST_AUTO_TEST_CASE(types_and_parameters_are_read) {
    struct Row {
        std::string value;
        std::string want_type;
        std::string name;
        std::string want_value;
    };
    const std::vector<Row> rows{
        {"text/plain", "text/plain", "charset", ""},
        {"Text/PLAIN; Charset=us-ascii (plain text)", "text/plain", "charset", "us-ascii"},
        {"text/plain (a comment); charset=x", "text/plain", "charset", "x"},
        {"multipart/report; report-type=delivery-status; boundary=\"a b;c\\\"d\"", "multipart/report", "boundary", "a b;c\"d"},
        {"multipart/mixed; boundary=\"never closed", "multipart/mixed", "boundary", "never closed"},
        {"multipart/mixed; boundary=a b ; x=y", "multipart/mixed", "boundary", "a b"},
        {"multipart/mixed;;;boundary = z", "multipart/mixed", "boundary", "z"},
        {"multipart/mixed; boundary=first; boundary=second", "multipart/mixed", "boundary", "first"},
        {"multipart/mixed; novalue; boundary=z", "multipart/mixed", "boundary", "z"},
        {"x/y; name*=utf-8'en'%E2%82%AC%20rates", "x/y", "name", "\xe2\x82\xac rates"},
        {"x/y; name*1=\"def\"; name*0=\"abc\"", "x/y", "name", "abcdef"},
        {"x/y; name*0*=us-ascii'en'a%20; name*1*=b%2A; name*2=\"c%20\"", "x/y", "name", "a b*c%20"},
        {"x/y; name*=broken%ZZ", "x/y", "name", "broken%ZZ"},
        {"text", "", "charset", ""},
        {"", "", "charset", ""},
        {"not a type/at all; a=b", "", "a", "b"},
    };
    for (const auto& row : rows) {
        const auto got = parse_content_type(row.value);
        BOOST_TEST(got.type == row.want_type, row.value);
        BOOST_TEST(got.parameter(row.name) == row.want_value, row.value);
    }
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_parameters_are_cut) {
    std::string value = "multipart/mixed; boundary=b";
    for (int i = 0; i < 100'000; ++i) value += "; p" + std::to_string(i) + "=v";
    const auto got = parse_content_type(value);
    BOOST_TEST(got.truncated);
    BOOST_TEST(got.parameters.size() == kMaxParameters);
    BOOST_TEST(got.parameter("boundary") == "b");

    std::string pieces = "x/y";
    for (int i = 0; i < 60; ++i) pieces += "; name*" + std::to_string(i) + "=" + std::string(100, 'v');
    BOOST_TEST(parse_content_type(pieces).parameter("name").size() == kMaxParameterValue);
}

BOOST_AUTO_TEST_SUITE_END()
