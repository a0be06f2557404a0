// SPDX-License-Identifier: BSD-2-Clause
//
// Notices and passed-on mail, as a mail reader sees them.
#include "report/mail.hh"

#include <boost/test/unit_test.hpp>

#include "bounce/mime.hh"

namespace crmrelay::report {
namespace {

std::string field(const std::string& mail, std::string_view name) {
    const auto message = bounce::scan(mail);
    return bounce::find_field(mail, message.parts[0].header, message.line_end, name).value_or("(none)");
}

BOOST_AUTO_TEST_CASE(header_text_is_safe) {
    const struct {
        std::string text, want;
    } rows[] = {
        {"example.com: plain", "example.com: plain"},
        {"a\r\nBcc: evil@x.test", "a??Bcc: evil@x.test"},
        {"=?UTF-8?B?eA==?=", "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?="},
        {"\xe8\xa9\xa6\xe9\xa8\x93", "=?UTF-8?B?6Kmm6aiT?="},
        {"", ""},
    };
    for (const auto& row : rows) BOOST_TEST(header_text(row.text) == row.want);
}

BOOST_AUTO_TEST_CASE(long_text_is_folded_between_characters) {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "\xe8\xa9\xa6";
    const auto header = header_text(text);
    for (std::size_t at = 0; at < header.size();) {
        const auto end = std::min(header.find("\r\n", at), header.size());
        BOOST_TEST(end - at <= 76u);
        at = end + 2;
    }
    BOOST_TEST(header.starts_with("=?UTF-8?B?6Kmm6Kmm"));
}

BOOST_AUTO_TEST_CASE(a_notice_is_a_mail) {
    const std::string attached = "Subject: inner\nX: y\n\nbody\n";
    const Notice notice{"example.com", "admin@example.com", "a\r\nBcc: evil@x.test", {"First paragraph.", "Second\r\n.\r\n"}, attached, 2};
    const auto mail = compose_notice(notice, 1'795'437'358, "u1");
    BOOST_TEST(field(mail, "Date") == "Mon, 23 Nov 2026 12:35:58 +0000");
    BOOST_TEST(field(mail, "Message-ID") == "<u1@example.com>");
    BOOST_TEST(field(mail, "From") == "crmrelay <postmaster@example.com>");
    BOOST_TEST(field(mail, "To") == "<admin@example.com>");
    BOOST_TEST(field(mail, "Auto-Submitted") == "auto-generated");
    BOOST_TEST(field(mail, "Subject") == "a??Bcc: evil@x.test");
    BOOST_TEST(field(mail, "Bcc") == "(none)");
    BOOST_TEST(hops_of(mail) == 3);
    const auto message = bounce::scan(mail);
    BOOST_REQUIRE(message.parts.size() == 3);
    BOOST_TEST(message.parts[1].type == "text/plain");
    BOOST_TEST(message.parts[2].type == "message/rfc822");
    BOOST_TEST(message.parts[2].body.of(mail) == "Subject: inner\r\nX: y\r\n\r\nbody\r\n");
    BOOST_TEST(message.parts[0].closed);
    for (std::size_t at = mail.find('\n'); at != std::string::npos; at = mail.find('\n', at + 1)) BOOST_TEST(mail[at - 1] == '\r');
}

BOOST_AUTO_TEST_CASE(a_notice_to_a_strange_address_names_nobody) {
    const auto mail = compose_notice({"example.com", "a@b.test>, <c@d.test", "s", {"x"}, "", 0}, 0, "u1");
    BOOST_TEST(field(mail, "To") == "undisclosed-recipients:;");
    BOOST_TEST(bounce::scan(mail).parts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(hops_are_counted) {
    const struct {
        std::string message;
        int want;
    } rows[] = {
        {"Subject: x\r\n\r\nX-Crmrelay-Hop: 3\r\n", 0},
        {"X-Crmrelay-Hop: 1\r\nSubject: x\r\n\r\n", 1},
        {"Subject: x\nx-crmrelay-hop: 2\nX-Crmrelay-Hop: 1\n\n", 2},
        {"X-Crmrelay-Hop: many\r\n\r\n", kHopsRead},
        {"X-Crmrelay-Hop: 99999999999999999999999\r\n\r\n", kHopsRead},
        {"X-Crmrelay-Hop: 5000\r\n\r\n", kHopsRead},
        {"", 0},
    };
    for (const auto& row : rows) BOOST_TEST(hops_of(row.message) == row.want);
    BOOST_TEST(pass_on("From a@b Mon\nSubject: x\n\nhi\n", 2) == "X-Crmrelay-Hop: 2\r\nSubject: x\r\n\r\nhi\r\n");
    BOOST_TEST(hops_of(pass_on("X-Crmrelay-Hop: 1\r\n\r\n", 2)) == 2);
}

BOOST_AUTO_TEST_CASE(line_ends_become_crlf) {
    const struct {
        std::string_view text, want;
    } rows[] = {
        {"a\nb\r\n\n.\nc", "a\r\nb\r\n\r\n.\r\nc"},
        {"Subject: a\rBcc: b@c.test\r\n", "Subject: a Bcc: b@c.test\r\n"},
        {"a\r\r\nb\r\r\r\n", "a\r\nb\r\n"},
        {"\ra\r.\r\n.\r", " a .\r\n."},
        {"\r", ""},
        {"\n\r\n", "\r\n\r\n"},
        {"a\n\rb", "a\r\n b"},
        {"", ""},
    };
    for (const auto& row : rows) BOOST_TEST(with_crlf(row.text) == row.want);
}

}  // namespace
}  // namespace crmrelay::report
