// SPDX-License-Identifier: BSD-2-Clause
//
// Replacing an address: where it stands and where it only seems to, xtext, quoted-printable, the length of lines.
#include "bounce/replace_address.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "base/text.hh"

using namespace crmrelay;
using namespace crmrelay::bounce;

namespace {

std::string replaced(const AddressReplacer& replacer, std::string_view text, Medium medium = Medium::plain) {
    std::string out;
    replacer.append(out, text, medium);
    return out;
}

std::size_t longest_line(std::string_view text) {
    std::size_t longest = 0;
    for (const auto line : base::split(text, '\n')) longest = std::max(longest, base::trim(line).size());
    return longest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replace_address)

BOOST_AUTO_TEST_CASE(an_address_is_replaced_where_it_stands) {
    const AddressReplacer replacer("bounce+tok1@example.com", "crm=1@return.test", "\n");
    struct Row {
        std::string text;
        std::string want;
    };
    const std::vector<Row> rows{
        {"", ""},
        {"nothing to do @ all\n", "nothing to do @ all\n"},
        {"bounce+tok1@example.com", "crm=1@return.test"},
        {"<BOUNCE+Tok1@EXAMPLE.com>\n", "<crm=1@return.test>\n"},
        {"a bounce+tok1@example.com.\nb bounce+tok1@example.com,bounce+tok1@example.com\n", "a crm=1@return.test.\nb crm=1@return.test,crm=1@return.test\n"},
        {"bounce+tok1@example.com.test", "bounce+tok1@example.com.test"},
        {"bounce+tok1@example.community", "bounce+tok1@example.community"},
        {"bounce+tok1@example.com-x", "bounce+tok1@example.com-x"},
        {"bounce+tok2@example.com", "bounce+tok2@example.com"},
        {"tok1@example.com", "tok1@example.com"},
        {"bounce+2Btok1@example.com", "crm+3D1@return.test"},
        {"BOUNCE+2btok1@example.com", "crm+3D1@return.test"},
        {"bounce+tok1@", "bounce+tok1@"},
        {"@@@bounce+tok1@example.com@@", "@@@crm=1@return.test@@"},
        {"8-bit \xff bounce+tok1@example.com\r\nx", "8-bit \xff crm=1@return.test\r\nx"},
    };
    for (const auto& row : rows) {
        BOOST_TEST(replaced(replacer, row.text) == row.want, row.text);
        BOOST_TEST(replacer.found_in(row.text) == (row.text != row.want), row.text);
    }
    BOOST_TEST(replaced(replacer, "see <bounce+tok1@example.com>", Medium::quoted_printable) == "see <crm=3D1@return.test>");
}

BOOST_AUTO_TEST_CASE(lines_keep_to_998_octets) {
    const std::string to = std::string(200, 'l') + "@return.test";
    const AddressReplacer replacer("tok@b.test", to, "\r\n");
    const auto without_folds = [](std::string text, std::string_view fold) {
        for (auto at = text.find(fold); at != std::string::npos; at = text.find(fold)) text.erase(at, fold.size());
        return text;
    };
    const std::string words = "Received: " + std::string(480, 'a') + " tok@b.test " + std::string(470, 'b') + " for <tok@b.test>\r\n";
    BOOST_TEST(longest_line(replaced(replacer, words)) <= kMaxLine);
    BOOST_TEST(replaced(replacer, words).find(to + "\r\n " + std::string(470, 'b')) != std::string::npos);

    const std::string solid = std::string(490, 'a') + "<tok@b.test>" + std::string(480, 'b') + "<tok@b.test>\r\n";
    const auto folded = replaced(replacer, solid);
    BOOST_TEST(longest_line(folded) <= kMaxLine);
    BOOST_TEST(without_folds(folded, "\r\n ") == std::string(490, 'a') + "<" + to + ">" + std::string(480, 'b') + "<" + to + ">\r\n");

    const auto soft = replaced(replacer, solid, Medium::quoted_printable);
    BOOST_TEST(longest_line(soft) <= kMaxLine);
    BOOST_TEST(without_folds(soft, "=\r\n") == std::string(490, 'a') + "<" + to + ">" + std::string(480, 'b') + "<" + to + ">\r\n");

    const auto indented = replaced(replacer, "  tok@b.test>" + std::string(960, 'y') + "\r\n");
    BOOST_TEST(indented.starts_with("  " + to + "\r\n "));
    BOOST_TEST(longest_line(indented) <= kMaxLine);

    const std::string over = std::string(2'000, 'x') + "tok@b.test\r\n";
    BOOST_TEST(replaced(replacer, over) == std::string(2'000, 'x') + to + "\r\n");

    std::string many;
    for (int i = 0; i < 90; ++i) many += "tok@b.test,";
    BOOST_TEST(longest_line(replaced(replacer, many + "\r\n")) <= kMaxLine);
}

BOOST_AUTO_TEST_SUITE_END()
