// SPDX-License-Identifier: BSD-2-Clause
//
// The MIME scanner: which parts it finds, in whole, broken and hostile messages.
#include "bounce/mime.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/bounce/fixtures.hh"

using namespace crmrelay::bounce;

namespace {

// "type@depth[body]" of each part that is no multipart.
std::string leaves(const Message& message) {
    std::string out;
    for (const auto& part : message.parts)
        if (part.boundary.empty()) out += part.type + "@" + std::to_string(part.depth) + "[" + std::string(part.body.of(message.text)) + "]";
    return out;
}

const std::string kTop = "Content-Type: multipart/mixed; boundary=b\n\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(mime)

BOOST_AUTO_TEST_CASE(parts_are_found_whatever_is_missing) {
    struct Row {
        std::string what;
        std::string text;
        std::string want_leaves;
    };
    const std::vector<Row> rows{
        {"nothing", "", "text/plain@0[]"},
        {"a header only", "Subject: x\n", "text/plain@0[]"},
        {"no header", "\nbody\n", "text/plain@0[body\n]"},
        {"a body without a blank line", "Subject: x\nbody starts here\n", "text/plain@0[body starts here\n]"},
        {"a mailbox line", "From me@x Mon\nContent-Type: text/html\n\nx", "text/html@0[x]"},
        {"two parts", kTop + "preamble\n--b\nContent-Type: text/html\n\none\n--b\n\ntwo\n\n--b--\nepilogue\n", "text/html@1[one]text/plain@1[two\n]"},
        {"no closing boundary", kTop + "--b\n\none\n--b\n\ntwo\n", "text/plain@1[one]text/plain@1[two\n]"},
        {"cut in a header", kTop + "--b\n\none\n--b\nContent-Ty", "text/plain@1[one]text/plain@1[Content-Ty]"},
        {"cut in a boundary", kTop + "--b\n\none\n--", "text/plain@1[one\n--]"},
        {"a boundary right after a header", kTop + "--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n", "text/html@1[]text/plain@1[two]"},
        {"no blank line in a part", kTop + "--b\nContent-Type: text/html\n<p>one\n--b--\n", "text/html@1[<p>one]"},
        {"an empty part", kTop + "--b\n--b--\n", "text/plain@1[]"},
        {"blanks after a boundary", kTop + "--b \t\n\none\n--b--  \n", "text/plain@1[one]"},
        {"a longer line is no boundary", kTop + "--b\n\n--bx\n--b---\n--b--\n", "text/plain@1[--bx\n--b---]"},
        {"nested", kTop + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--bb\n\ntwo\n--bb--\n--b\n\nthree\n--b--\n",
         "text/plain@2[one]text/plain@2[two]text/plain@1[three]"},
        {"an inner multipart left open", kTop + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--b\n\ntwo\n--b--\n",
         "text/plain@2[one]text/plain@1[two]"},
        {"an inner multipart cut by the outer boundary", kTop + "--b\nContent-Type: multipart/alternative; boundary=bb\n--b\n\ntwo\n--b--\n",
         "multipart/alternative@1[]text/plain@1[two]"},
        {"a message inside stays closed", kTop + "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--b--\n",
         "message/rfc822@1[Content-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--]"},
        {"no boundary parameter", "Content-Type: multipart/mixed\n\npreamble\n--guess\n\none\n--guess--\n", "text/plain@1[one]"},
        {"a digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n--b--\n", "message/rfc822@1[Subject: x]"},
        {"octets that are no text", kTop + std::string("--b\n\n\0\xff\r x\n--b--\n", 18), std::string("text/plain@1[\0\xff\r x]", 19)},
    };
    for (const auto& row : rows) {
        for (const std::string line_end : {"\n", "\r\n"}) {
            const auto text = fixtures::with_line_ends(row.text, line_end);
            BOOST_TEST(leaves(scan(text)) == fixtures::with_line_ends(row.want_leaves, line_end), row.what);
        }
    }
}

BOOST_AUTO_TEST_CASE(carriage_returns_alone_end_lines_where_nothing_else_does) {
    const auto text = fixtures::with_line_ends(kTop + "--b\n\none\n--b--\n", "\r");
    BOOST_TEST(leaves(scan(text)) == "text/plain@1[one]");
}

BOOST_AUTO_TEST_CASE(what_the_end_left_open_is_listed) {
    const std::string text = kTop + "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: text/ht";
    const auto message = scan(text);
    BOOST_TEST(message.open == (std::vector<std::size_t>{0, 1}), boost::test_tools::per_element());
    BOOST_TEST(!message.parts.back().header_ended);
    BOOST_TEST(!message.parts[0].closed);

    const auto whole = scan("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n");
    BOOST_TEST(whole.open.empty());
    BOOST_TEST(whole.parts[0].closed);
    BOOST_TEST(whole.parts[1].parent == 0U);
}

BOOST_AUTO_TEST_CASE(caps_hold_against_hostile_messages) {
    std::string nested;
    for (int i = 0; nested.size() < 1'000'000; ++i) {
        const auto b = "b" + std::to_string(i);
        nested += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
    }
    const auto deep = scan(nested);
    BOOST_TEST(deep.truncated);
    BOOST_TEST(deep.parts.size() == kMaxDepth + 1);
    BOOST_TEST(deep.parts.back().depth == kMaxDepth);

    std::string many = kTop;
    for (int i = 0; i < 5'000; ++i) many += "--b\n\nx\n";
    const auto wide = scan(many);
    BOOST_TEST(wide.truncated);
    BOOST_TEST(wide.parts.size() == kMaxParts);
    BOOST_TEST(wide.parts.back().body.of(many) == "x");

    const std::string endless = "Subject: " + std::string(1'000'000, 'x') + "\n" + kTop + "--b\n\none\n" + std::string(1'000'000, '-') + "\n--b--\n";
    BOOST_TEST(scan(endless).parts.size() == 2U);
    BOOST_TEST(scan(std::string(1'000'000, '\0')).parts.size() == 1U);
    BOOST_TEST(scan(std::string(1'000'000, '\n')).parts.size() == 1U);

    std::string dashes = kTop;
    for (int i = 0; i < 300'000; ++i) dashes += "--\n";
    BOOST_TEST(scan(dashes).parts.size() == 1U);

    const auto long_boundary = scan("Content-Type: multipart/mixed; boundary=" + std::string(kMaxBoundary + 1, 'b') + "\n\nx");
    BOOST_TEST(long_boundary.truncated);
    BOOST_TEST(long_boundary.parts.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
