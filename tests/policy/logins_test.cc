// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/logins.cc: what the file may hold, and how it is edited.
#include "policy/logins.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::policy;

namespace {

const std::string kHash = "$y$j75$g5dSE/jhufub4miYNSlA/.$RdSmDSuO582fDT88ySN9Sms.Ru19iSyNR9zqbeQdk2B";
const std::string kOther = "$y$j75$aaaaaaaaaaaaaaaaaaaaa.$RdSmDSuO582fDT88ySN9Sms.Ru19iSyNR9zqbeQdk2B";

std::string line(const std::string& login, const std::string& hash = kHash, const std::string& rest = ":2026-11-23") { return login + ":" + hash + rest + "\n"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(logins)

BOOST_AUTO_TEST_CASE(reads_the_file) {
    const auto text = "# comment\n\n" + line("Crm@example.com") + line("crm@EXAMPLE.com", kOther, ":2026-11-24:disabled") + " " + line("b@example.com");
    const auto read = Logins::parse(text, "/l");
    BOOST_REQUIRE_MESSAGE(read.ok(), (read ? "" : read.error()));
    BOOST_TEST(read->all().size() == 2u);
    const auto* const login = read->find("CRM@example.com");
    BOOST_REQUIRE(login);
    BOOST_TEST(login->name == "Crm@example.com");
    BOOST_REQUIRE(login->passwords.size() == 2u);
    BOOST_TEST(login->passwords[0].hash == kHash);
    BOOST_TEST(login->passwords[0].created == "2026-11-23");
    BOOST_TEST(!login->passwords[0].disabled);
    BOOST_TEST(login->passwords[1].disabled);
    BOOST_TEST(login->passwords[1].line == 4);
    BOOST_TEST(!read->find("nobody"));
    BOOST_TEST(Logins::parse("", "/l")->empty());
}

BOOST_AUTO_TEST_CASE(names_file_and_line_of_what_is_wrong) {
    const struct {
        std::string text, want_error;
    } cases[] = {
        {"\ncrm@example.com\n", "/l:2: not LOGIN:HASH:CREATED"},
        {"crm@example.com:" + kHash + "\n", "/l:1: not LOGIN:HASH:CREATED"},
        {"a:b:c:d:e\n", "/l:1: not LOGIN:HASH:CREATED"},
        {":" + kHash + ":2026-11-23\n", "/l:1: a login has"},
        {line("a b"), "/l:1: login \"a b\" holds a space"},
        {line("crm", "secret"), "/l:1: the hash of \"crm\" is none that crmrelay makes"},
        {line("crm", "$y$j9T$abc$def"), "/l:1: the hash of \"crm\" is none"},
        {line("crm", "$y$j75$"), "/l:1: the hash of \"crm\" is none"},
        {line("crm", "$y$j75$a\x01"), "/l:1: the hash of \"crm\" is none"},
        {line("crm", kHash, ":today"), "/l:1: \"today\" is no date"},
        {line("crm", kHash, ":2026-11-23:off"), "/l:1: \"off\": only \"disabled\""},
        {line("crm") + line("b") + line("CRM") + line("crm"), "/l:4: a third password of \"crm\""},
    };
    for (const auto& one : cases) {
        const auto read = Logins::parse(one.text, "/l");
        BOOST_REQUIRE(!read.ok());
        BOOST_TEST(read.error().starts_with(one.want_error), read.error());
        BOOST_TEST(read.error().find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_password_more_leaves_the_rest) {
    const auto first = with_password("", "crm@example.com", kHash, "2026-11-23");
    BOOST_TEST(first.starts_with("# "));
    BOOST_TEST(Logins::parse(first, "/l")->find("crm@example.com")->passwords.size() == 1u);
    const auto text = "# mine\n" + line("crm@example.com") + "# more\n" + line("b@example.com");
    BOOST_TEST(with_password(text, "CRM@example.com", kOther, "2026-11-24") ==
               "# mine\n" + line("crm@example.com") + line("CRM@example.com", kOther, ":2026-11-24") + "# more\n" + line("b@example.com"));
    BOOST_TEST(with_password("# mine\nx", "b", kOther, "2026-11-24") == "# mine\nx\n" + line("b", kOther, ":2026-11-24"));
}

BOOST_AUTO_TEST_CASE(lines_go) {
    BOOST_TEST(without_lines("a\nb\nc", {2}) == "a\nc\n");
    BOOST_TEST(without_lines("a\nb\nc\n", {1, 3}) == "b\n");
    BOOST_TEST(without_lines("", {1}).empty());
}

BOOST_AUTO_TEST_CASE(what_a_login_may_be) {
    BOOST_TEST(login_fault("crm@example.com").empty());
    for (const std::string bad : {"", "a:b", "#crm", "a b", "a\tb"}) BOOST_TEST(!login_fault(bad).empty(), bad);
    BOOST_TEST(!login_fault(std::string(256, 'a')).empty());
}

BOOST_AUTO_TEST_SUITE_END()
