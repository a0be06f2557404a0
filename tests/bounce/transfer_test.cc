// SPDX-License-Identifier: BSD-2-Clause
//
// Content transfer encodings, whole, broken and bounded.
#include "bounce/transfer.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

BOOST_AUTO_TEST_SUITE(transfer)

BOOST_AUTO_TEST_CASE(texts_are_decoded) {
    struct Row {
        Encoding encoding;
        std::string text;
        std::string want;
    };
    const std::vector<Row> rows{
        {Encoding::identity, "a=3Db", "a=3Db"},
        {Encoding::base64, "aGVsbG8=", "hello"},
        {Encoding::base64, "aGVs\r\nbG8", "hello"},
        {Encoding::base64, "a?G!V s-bG8=\n", "hello"},
        {Encoding::base64, "aGVsbG8=aGVsbG8=", "hellohello"},
        {Encoding::base64, "", ""},
        {Encoding::base64, "a", ""},
        {Encoding::quoted_printable, "a=3Db=\r\nc=20\r\n", "a=bc \r\n"},
        {Encoding::quoted_printable, "soft= \t\nbreak", "softbreak"},
        {Encoding::quoted_printable, "blanks  \t\r\ngo", "blanks\r\ngo"},
        {Encoding::quoted_printable, "bad=ZZ=", "bad=ZZ"},
        {Encoding::quoted_printable, "=e2=82=AC", "\xe2\x82\xac"},
    };
    for (const auto& row : rows) BOOST_TEST(decode(row.encoding, row.text, 1'000) == row.want, row.text);
}

BOOST_AUTO_TEST_CASE(output_is_bounded) {
    BOOST_TEST(decode_base64(std::string(10'000, 'A'), 100).size() == 100U);
    BOOST_TEST(decode_quoted_printable(std::string(10'000, 'A'), 100).size() == 100U);
    BOOST_TEST(decode(Encoding::identity, std::string(10'000, 'A'), 100).size() == 100U);
}

BOOST_AUTO_TEST_CASE(names_of_encodings_are_read) {
    BOOST_TEST((parse_encoding(" Base64 ") == Encoding::base64));
    BOOST_TEST((parse_encoding("QUOTED-PRINTABLE (as ever)") == Encoding::quoted_printable));
    BOOST_TEST((parse_encoding("8bit") == Encoding::identity));
    BOOST_TEST((parse_encoding("x-uuencode") == Encoding::identity));
}

BOOST_AUTO_TEST_SUITE_END()
