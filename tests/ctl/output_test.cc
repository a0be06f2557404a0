// SPDX-License-Identifier: BSD-2-Clause
//
// What reaches terminals and spreadsheets is aligned and harmless.
#include "ctl/output.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(aligns_and_neuters_a_table) {
    BOOST_TEST(table({"A", "LONGER", "C"}, {{"xyz", "", "1"}, {"é", "b\x1b[31m", "2"}}) == "A    LONGER  C\nxyz  -       1\né    b?[31m  2\n");
}

BOOST_AUTO_TEST_CASE(aligns_pairs) {
    BOOST_TEST(pairs({{"one", "1"}, {"", "2\r\n3"}}, 2) == "  one  1\n       2??3\n");
}

BOOST_AUTO_TEST_CASE(csv_is_safe_in_a_spreadsheet) {
    const struct {
        const char *value, *want;
    } cases[] = {
        {"plain", "\"plain\"\r\n"},
        {"", "\"\"\r\n"},
        {"say \"hi\", he", "\"say \"\"hi\"\", he\"\r\n"},
        {"=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"\r\n"},
        {"+1", "\"'+1\"\r\n"},
        {"-1", "\"'-1\"\r\n"},
        {"@SUM(A1)", "\"'@SUM(A1)\"\r\n"},
        {" =1", "\"' =1\"\r\n"},
        {"a=1", "\"a=1\"\r\n"},
        {"line\r\nbreak\t", "\"line??break?\"\r\n"},
        {"\t=1", "\"?=1\"\r\n"},
    };
    for (const auto& c : cases) BOOST_TEST(csv_line({c.value}) == c.want);
    BOOST_TEST(csv_line({"a", "b"}) == "\"a\",\"b\"\r\n");
    BOOST_TEST(csv_line({"", "b"}) == "\"\",\"b\"\r\n");
}

BOOST_AUTO_TEST_CASE(findings) {
    BOOST_TEST(text_of({Level::ok, "fine", ""}) == "ok    fine");
    BOOST_TEST(text_of({Level::fail, "bad\x07", "mend it"}) == "FAIL  bad?  → mend it");
    BOOST_TEST(any_failed({{Level::ok, "", ""}, {Level::fail, "", ""}}));
    BOOST_TEST(!any_failed({{Level::ok, "", ""}, {Level::warn, "", ""}}));
}

BOOST_AUTO_TEST_CASE(times) {
    BOOST_TEST(shown_time(0) == "never");
    BOOST_TEST(shown_time(1'795'437'358) == "2026-11-23 12:35:58Z");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
