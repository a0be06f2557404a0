// SPDX-License-Identifier: BSD-2-Clause
//
// A megabyte of anything is read in time that grows with its size alone: each shape is read at two sizes, and the larger one may cost no
// more than its share. The bound in milliseconds leaves room for slow machines and sanitizers.
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>

#include "bounce/reading.hh"

namespace crmrelay::bounce {
namespace {

const std::string kHead = "From: MAILER-DAEMON@relay.test\nReturn-Path: <>\nSubject: failure notice\n";
const std::string kQmail = "\nHi. This is the qmail-send program at relay.test.\n\n";

std::string repeated(std::string head, const std::function<std::string(std::size_t)>& piece, std::size_t size) {
    for (std::size_t i = 0; head.size() < size; ++i) head += piece(i);
    return head;
}

std::string base64_of_base64(std::size_t size) {
    std::string text = "QUFB";
    while (text.size() < size) text += text;
    return kHead + "Content-Transfer-Encoding: base64\n\n" + text.substr(0, size);
}

double milliseconds(const std::string& mail) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(read_bounce(mail).results.size() <= 20'000U);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

BOOST_AUTO_TEST_CASE(time_is_linear_in_size) {
    const auto number = [](std::size_t i) { return std::to_string(i); };
    const struct {
        std::string name, head;
        std::function<std::string(std::size_t)> piece;
    } rows[] = {
        {"multiparts within multiparts", kHead, [&](std::size_t i) { return "Content-Type: multipart/mixed; boundary=b" + number(i) + "\n\n--b" + number(i) + "\n"; }},
        {"parameters", kHead + "Content-Type: text/plain", [&](std::size_t i) { return "; p" + number(i) + "=v"; }},
        {"parts", kHead + "Content-Type: multipart/mixed; boundary=b\n\n", [&](std::size_t) { return std::string("--b\nContent-Type: text/plain\n\na@b.cc user unknown\n"); }},
        {"delimiters of another boundary", kHead + "Content-Type: multipart/mixed; boundary=nowhere-at-all\n\n", [](std::size_t) { return std::string("--nowhere-at\n"); }},
        {"recipients of a report", kHead + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n",
         [&](std::size_t i) { return "Final-Recipient: rfc822; a" + number(i) + "@b.cc\nStatus: 5.0.0\n\n"; }},
        {"recipients of a notice", kHead + kQmail, [&](std::size_t i) { return "<a" + number(i) + "@b.cc>:\nx\n\n"; }},
        {"one recipient again and again", kHead + kQmail, [](std::size_t) { return std::string("<a@b.cc>: 550 5.1.1 user unknown\n"); }},
        {"failed recipients in a header", kHead, [&](std::size_t i) { return "X-Failed-Recipients: a" + number(i) + "@b.cc\n"; }},
        {"status fields as text", kHead + "\nFinal-Recipient: rfc822; a@b.cc\n", [](std::size_t) { return std::string("Status: 5.1.1\nAction: failed\n\n"); }},
        {"one long line", kHead + "\n", [](std::size_t) { return std::string("aaaaaaaaaaaaaaaa"); }},
        {"at signs", kHead + "\nAn address could not be delivered to: ", [](std::size_t) { return std::string("a@"); }},
        {"codes", kHead + kQmail + "<a@b.cc>:\n", [](std::size_t) { return std::string("550 5.1.1 "); }},
        {"open tags", kHead + "Content-Type: text/html\n\n", [](std::size_t) { return std::string("<a"); }},
        {"scripts without end", kHead + "Content-Type: text/html\n\n", [](std::size_t) { return std::string("<script></x>"); }},
        {"encoded words", kHead + "X-Loop: a\nSubject: ", [](std::size_t) { return std::string("=?utf-8?q?a?= "); }},
        {"ISO-2022-JP without sense", kHead + "Content-Type: text/plain; charset=iso-2022-jp\n\n", [](std::size_t) { return std::string("\x1b$B\xff\xff"); }},
        {"soft line breaks", kHead + "Content-Transfer-Encoding: quoted-printable\n\n", [](std::size_t) { return std::string("="); }},
        {"notices around notices", "", [](std::size_t) { return kHead + "\nI'm sorry to have to inform you that\n\nReturn-Path: <>\n"; }},
        {"open brackets", "From: a@b\n\n", [](std::size_t) { return std::string("{\"a\":["); }},
        {"header fields", "", [](std::size_t) { return std::string("A: b\n"); }},
        {"NUL", "", [](std::size_t) { return std::string(64, '\0'); }},
        {"empty lines", "", [](std::size_t) { return std::string("\n"); }},
        {"comments", kHead + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ",
         [](std::size_t) { return std::string("("); }},
    };
    read_bounce(kHead + kQmail + "<a@b.cc>: user unknown\n");   // builds the tables
    for (const auto& row : rows) {
        const auto large = repeated(row.head, row.piece, 1 << 20);
        const auto small = repeated(row.head, row.piece, 1 << 17);
        BOOST_TEST_CONTEXT(row.name) {
            double once = milliseconds(large);
            if (once > 50) once = std::min(once, milliseconds(large));   // another process may have been in the way
            BOOST_TEST(once < 500);
            BOOST_TEST(once < 8 * 4 * milliseconds(small) + 20);
        }
    }
    BOOST_TEST(milliseconds(base64_of_base64(1 << 20)) < 500);
}

BOOST_AUTO_TEST_CASE(caps_are_kept_and_told) {
    const auto mail = repeated(kHead + kQmail, [](std::size_t i) { return "<a" + std::to_string(i) + "@b.cc>:\nx\n\n"; }, 1 << 20);
    const auto reading = read_bounce(mail);
    BOOST_TEST(reading.truncated);
    BOOST_TEST(reading.results.size() <= 10'001U);
    BOOST_TEST(reading.results.size() >= 10'000U);
}

}  // namespace
}  // namespace crmrelay::bounce
