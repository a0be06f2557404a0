// SPDX-License-Identifier: BSD-2-Clause
//
// What addresses of bounce domains are for.
#include "report/mailbox.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"
#include "tests/report/fixtures.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Kind = Mailbox::Kind;

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

BOOST_AUTO_TEST_CASE(addresses_have_kinds) {
    const auto mailboxes = mailboxes_of(config());
    const struct {
        std::string address;
        Kind want_kind;
        std::string want_domain, want_token;
        bool want_ours;
    } rows[] = {
        {kToken + "@bounce.example.com", Kind::token, "example.com", kToken, true},
        {upper(kToken + "@bounce.example.com"), Kind::token, "example.com", kToken, true},
        {"bounce+" + kToken + "@plus.test", Kind::token, "plus.test", kToken, true},
        {"Bounce+" + upper(kToken) + "@PLUS.test", Kind::token, "plus.test", kToken, true},
        {"bounce@plus.test", Kind::bare, "plus.test", "", true},
        {"BOUNCE@plus.test", Kind::bare, "plus.test", "", true},
        {"bounce@bounce.example.com", Kind::unknown, "", "", true},
        {kToken + "@plus.test", Kind::unknown, "", "", false},
        {kToken.substr(1) + "@bounce.example.com", Kind::unknown, "", "", true},
        {"1" + kToken.substr(1) + "@bounce.example.com", Kind::unknown, "", "", true},
        {"bounce+" + kToken + "@bounce.example.com", Kind::unknown, "", "", true},
        {"Postmaster@bounce.example.com", Kind::admin, "example.com", "", true},
        {"abuse@plus.test", Kind::admin, "plus.test", "", false},
        {"2bounce@bounce.example.com", Kind::double_bounce, "example.com", "", true},
        {"2bounce@plus.test", Kind::double_bounce, "plus.test", "", true},
        {"sales@plus.test", Kind::unknown, "", "", false},
        {kToken + "@example.com", Kind::unknown, "", "", false},
        {"postmaster", Kind::unknown, "", "", false},
        {"", Kind::unknown, "", "", false},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.address) {
            const auto got = mailboxes->find(row.address);
            BOOST_TEST((got.kind == row.want_kind));
            BOOST_TEST((got.domain ? got.domain->name : "") == row.want_domain);
            BOOST_TEST(got.token == row.want_token);
            BOOST_TEST(mailboxes->ours(row.address) == row.want_ours);
        }
}

BOOST_AUTO_TEST_CASE(admins_whose_mail_would_come_back_are_left_out) {
    auto made = config();
    made.domains[0].admins = {"postmaster@bounce.example.com", "admin@example.com"};
    made.domains[1].admins = {"bounce@plus.test"};
    made.service.former_2bounce_recipient = "2bounce@bounce.example.com";
    const auto mailboxes = mailboxes_of(made);
    BOOST_TEST(mailboxes->admins_of(made.domains[0]) == std::vector<std::string>{"admin@example.com"}, boost::test_tools::per_element());
    BOOST_TEST(mailboxes->admins_of(made.domains[1]) == std::vector<std::string>{"postmaster"}, boost::test_tools::per_element());
    BOOST_TEST(mailboxes->former_double_bounce_recipient() == "postmaster");
}

}  // namespace
}  // namespace crmrelay::report
