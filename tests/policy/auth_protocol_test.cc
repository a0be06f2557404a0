// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/auth_protocol.cc: whole exchanges, line by line, as Postfix and as nobody should write them.
#include "policy/auth_protocol.hh"

#include <boost/test/unit_test.hpp>

#include "base/crypto.hh"

using namespace crmrelay::policy;
using crmrelay::base::base64;
using namespace std::string_literals;

namespace {

// "id login password client tls", "id unreadable login", a line, "" for nothing, "error".
std::string shown(const crmrelay::base::Result<AuthSession::Outcome>& outcome) {
    if (!outcome) return "error";
    if (const auto* line = std::get_if<AuthSession::Line>(&*outcome)) return line->text;
    if (const auto* attempt = std::get_if<AuthAttempt>(&*outcome)) {
        const auto id = std::to_string(attempt->id);
        if (!attempt->readable) return id + " unreadable " + attempt->login;
        return id + " " + attempt->login + " " + attempt->password + " " + attempt->client.text() + (attempt->secured ? " tls" : "");
    }
    return "";
}

// As Postfix writes it.
std::string auth(const std::string& id, const std::string& mechanism, const std::string& more) {
    return "AUTH\t" + id + "\t" + mechanism + "\tservice=smtp\tnologin\tlip=192.0.2.1\trip=192.0.2.10" + more;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_protocol)

BOOST_AUTO_TEST_CASE(exchanges) {
    const auto good = base64("\0crm@example.com\0secret"s);
    struct Step {
        std::string line, want;
    };
    const struct {
        const char* what;
        std::vector<Step> steps;
    } cases[] = {
        {"PLAIN at once", {{"CPID\t1", ""}, {auth("1", "PLAIN", "\tsecured\tresp=" + good), "1 crm@example.com secret 192.0.2.10 tls"}}},
        {"PLAIN without TLS", {{auth("1", "PLAIN", "\tresp=" + good), "1 crm@example.com secret 192.0.2.10"}}},
        {"PLAIN in two steps", {{auth("7", "plain", "\tsecured"), "CONT\t7\t\n"}, {"CONT\t7\t" + good, "7 crm@example.com secret 192.0.2.10 tls"}}},
        {"LOGIN", {{auth("2", "LOGIN", "\tsecured"), "CONT\t2\tVXNlcm5hbWU6\n"}, {"CONT\t2\t" + base64("crm@example.com"), "CONT\t2\tUGFzc3dvcmQ6\n"},
                   {"CONT\t2\t" + base64("secret"), "2 crm@example.com secret 192.0.2.10 tls"}, {"CONT\t2\t" + base64("secret"), "FAIL\t2\n"}}},
        {"LOGIN with the login at once", {{auth("2", "LOGIN", "\tresp=" + base64("crm")), "CONT\t2\tUGFzc3dvcmQ6\n"},
                                          {"CONT\t2\t" + base64("x"), "2 crm x 192.0.2.10"}}},
        {"the same for oneself", {{auth("1", "PLAIN", "\tresp=" + base64("CRM\0crm\0s"s)), "1 crm s 192.0.2.10"}}},
        {"for somebody else", {{auth("1", "PLAIN", "\tresp=" + base64("boss\0crm\0s"s)), "1 unreadable crm"}}},
        {"an IPv6 client", {{"AUTH\t1\tPLAIN\trip=2001:db8::1\tresp=" + good, "1 crm@example.com secret 2001:db8::1"}}},
        {"no client", {{"AUTH\t1\tPLAIN\trip=x\tresp=" + good, "1 crm@example.com secret ::"}}},
        {"parameters nobody knows", {{"AUTH\t1\tPLAIN\tdebug\tsecured=tls\tlport=25\tresp=" + good, "1 crm@example.com secret :: tls"}}},
        {"an empty response", {{auth("1", "PLAIN", "\tresp="), "1 unreadable "}, {auth("2", "PLAIN", "\tresp=="), "2 unreadable "}}},
        {"too few parts", {{auth("1", "PLAIN", "\tresp=" + base64("crm\0secret"s)), "1 unreadable "}}},
        {"too many parts", {{auth("1", "PLAIN", "\tresp=" + base64("\0crm\0secret\0"s)), "1 unreadable "}}},
        {"no password", {{auth("1", "PLAIN", "\tresp=" + base64("\0crm\0"s)), "1 unreadable crm"}}},
        {"no login", {{auth("1", "PLAIN", "\tresp=" + base64("\0\0secret"s)), "1 unreadable "}}},
        {"a login of two lines", {{auth("1", "PLAIN", "\tresp=" + base64("\0crm\nOK\t1\0secret"s)), "1 unreadable "}}},
        {"a login that is too long", {{auth("1", "PLAIN", "\tresp=" + base64("\0"s + std::string(256, 'a') + "\0secret"s)), "1 unreadable "},
                                      {auth("2", "LOGIN", "\tresp=" + base64(std::string(256, 'a'))), "2 unreadable "}}},
        {"NUL in a password", {{auth("1", "LOGIN", "\tresp=" + base64("crm")), "CONT\t1\tUGFzc3dvcmQ6\n"}, {"CONT\t1\t" + base64("a\0b"s), "1 unreadable crm"}}},
        {"no base64", {{auth("1", "PLAIN", "\tresp=!!!!"), "1 unreadable "}, {auth("2", "PLAIN", "\tresp=" + good + "A"), "2 unreadable "}}},
        {"another mechanism", {{auth("3", "CRAM-MD5", ""), "FAIL\t3\n"}, {"CONT\t3\t" + good, "FAIL\t3\n"}}},
        {"given up", {{auth("1", "PLAIN", ""), "CONT\t1\t\n"}, {"CANCEL\t1", ""}, {"CONT\t1\t" + good, "FAIL\t1\n"}}},
        {"the number again", {{auth("1", "LOGIN", ""), "CONT\t1\tVXNlcm5hbWU6\n"}, {auth("1", "PLAIN", ""), "CONT\t1\t\n"},
                              {"CONT\t1\t" + good, "1 crm@example.com secret 192.0.2.10"}}},
        {"without a number", {{"AUTH", "error"}, {"AUTH\tx\tPLAIN", "error"}, {"AUTH\t4294967296\tPLAIN", "error"}, {"CONT\t-1\tx", "error"}}},
        {"what later versions say", {{"WHATEVER\t1", ""}, {"", ""}, {"VERSION\t1\t9", ""}}},
        {"another version", {{"VERSION\t2\t0", "error"}, {"VERSION", "error"}}},
    };
    for (const auto& one : cases) {
        AuthSession session;
        BOOST_TEST(shown(session.take("VERSION\t1\t0")) == "");
        for (const auto& [line, want] : one.steps) BOOST_TEST(shown(session.take(line)) == want, one.what << ": " << line << " gives " << want);
    }
}

BOOST_AUTO_TEST_CASE(nothing_before_the_version) {
    for (const auto& line : {auth("1", "PLAIN", ""), "CPID\t1"s, "GET / HTTP/1.0"s, ""s}) {
        AuthSession session;
        BOOST_TEST(shown(session.take(line)) == "error");
    }
}

BOOST_AUTO_TEST_CASE(exchanges_without_end_are_bounded) {
    AuthSession session;
    (void)session.take("VERSION\t1\t0");
    for (std::size_t i = 1; i <= kDialogueCap + 1; ++i) (void)session.take(auth(std::to_string(i), "PLAIN", ""));
    BOOST_TEST(shown(session.take("CONT\t1\tAGEAYg==")) == "FAIL\t1\n");
    BOOST_TEST(shown(session.take("CONT\t2\tAGEAYg==")) == "2 a b 192.0.2.10");
}

BOOST_AUTO_TEST_CASE(what_the_server_says) {
    BOOST_TEST(auth_handshake(17, 4, "00ff") == "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t17\nCUID\t4\nCOOKIE\t00ff\nDONE\n");
    BOOST_TEST(auth_ok(3, "crm@example.com") == "OK\t3\tuser=crm@example.com\n");
    BOOST_TEST(auth_fail(3, "crm@example.com") == "FAIL\t3\tuser=crm@example.com\n");
    BOOST_TEST(auth_fail(3, "") == "FAIL\t3\n");
    BOOST_TEST(auth_fail(3, "a\treason=b\nOK\t3") == "FAIL\t3\n");
}

BOOST_AUTO_TEST_CASE(base64_is_read_strictly) {
    const struct {
        std::string text;
        std::optional<std::string> want;
    } cases[] = {{"", ""}, {"YQ==", "a"}, {"YWI=", "ab"}, {"YWJj", "abc"}, {"YWJjZA==", "abcd"}, {"YQ=", {}}, {"YQ", {}}, {"YR==", {}}, {"YWJ=", {}},
                 {"Y===", {}}, {"====", {}}, {"YQ==YQ==", {}}, {"YW J", {}}, {"YW-_", {}}, {"=", {}}, {"+/+/", "\xfb\xff\xbf"s}};
    for (const auto& one : cases) BOOST_TEST((from_base64(one.text) == one.want), one.text);
}

BOOST_AUTO_TEST_SUITE_END()
