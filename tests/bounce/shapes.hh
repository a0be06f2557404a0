// SPDX-License-Identifier: BSD-2-Clause
//
// Hostile messages of any size, a shape each: what the unit test reads, the count of work (hostile_work.cc) and the benchmark measure.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace crmrelay::bounce {

inline const std::string kHead = "From: MAILER-DAEMON@relay.test\nReturn-Path: <>\nSubject: failure notice\n";
inline const std::string kQmail = "\nHi. This is the qmail-send program at relay.test.\n\n";

struct Shape {
    std::string name, head;
    std::function<std::string(std::size_t)> piece;   // the i-th piece after the head

    std::string of_size(std::size_t size) const {
        std::string text = head;
        for (std::size_t i = 0; text.size() < size; ++i) text += piece(i);
        return text;
    }
};

inline std::vector<Shape> hostile_shapes() {
    return {
    {"multiparts within multiparts", kHead, [](std::size_t i) { return "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n"; }},
    {"parameters", kHead + "Content-Type: text/plain", [](std::size_t i) { return "; p" + std::to_string(i) + "=v"; }},
    {"parts", kHead + "Content-Type: multipart/mixed; boundary=b\n\n", [](std::size_t) { return std::string("--b\nContent-Type: text/plain\n\na@b.cc user unknown\n"); }},
    {"delimiters of another boundary", kHead + "Content-Type: multipart/mixed; boundary=nowhere-at-all\n\n", [](std::size_t) { return std::string("--nowhere-at\n"); }},
    {"recipients of a report", kHead + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n",
     [](std::size_t i) { return "Final-Recipient: rfc822; a" + std::to_string(i) + "@b.cc\nStatus: 5.0.0\n\n"; }},
    {"recipients of a notice", kHead + kQmail, [](std::size_t i) { return "<a" + std::to_string(i) + "@b.cc>:\nx\n\n"; }},
    {"one recipient again and again", kHead + kQmail, [](std::size_t) { return std::string("<a@b.cc>: 550 5.1.1 user unknown\n"); }},
    {"failed recipients in a header", kHead, [](std::size_t i) { return "X-Failed-Recipients: a" + std::to_string(i) + "@b.cc\n"; }},
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
        {"base64 of base64", kHead + "Content-Transfer-Encoding: base64\n\n", [](std::size_t) { return std::string("UVVGQlFVRkI"); }},
        {"Shift_JIS without sense", kHead + "Content-Type: text/plain; charset=shift_jis\n\n", [](std::size_t) { return std::string("\xff\xfd"); }},
    };
}

}  // namespace crmrelay::bounce
