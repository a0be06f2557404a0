// SPDX-License-Identifier: BSD-2-Clause
//
// What a page does with text and numbers.
#include "ctl/markup.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(markup)

BOOST_AUTO_TEST_CASE(text) {
    const struct {
        std::string given, want;
    } rows[] = {{"plain", "plain"},
                {"<script>alert(\"1\" & '2')</script>", "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"},
                {"\x1b[31m\r\n", "?[31m??"},
                {"不達メール", "不達メール"},
                {"\xff\xfe", "??"},
                {"&amp;", "&amp;amp;"},
                {"", ""}};
    for (const auto& row : rows) BOOST_TEST(escaped(row.given) == row.want);
    BOOST_TEST(escaped(std::string(1000, '<'), 10).size() == 4 * 7 + 3U);   // cut before it is escaped
}

BOOST_AUTO_TEST_CASE(numbers) {
    const struct {
        std::int64_t given;
        std::string want_grouped, want_compact;
    } rows[] = {{0, "0", "0"},           {7, "7", "7"},           {999, "999", "999"},        {1000, "1,000", "1k"},          {1500, "1,500", "1.5k"},
                {12345, "12,345", "12.3k"}, {999999, "999,999", "999.9k"}, {2000000, "2,000,000", "2M"}, {-1234, "-1,234", "-1234"}, {5000000000, "5,000,000,000", "5G"}};
    for (const auto& row : rows) {
        BOOST_TEST(grouped(row.given) == row.want_grouped);
        BOOST_TEST(compact(row.given) == row.want_compact);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
