// SPDX-License-Identifier: BSD-2-Clause
//
// Only ours is taken out, whatever else has changed since.
#include <boost/test/unit_test.hpp>

#include "ctl/postfix_plan.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(postfix_revert)

BOOST_AUTO_TEST_CASE(takes_out_ours_alone) {
    using Kind = Change::Kind;
    const std::string policy = "unix:p", relay = relay_entry(policy);
    const auto applied = with_relay_restrictions("permit_mynetworks, reject", policy);
    const struct {
        const char* what;
        Change change;
        std::string present;
        std::optional<std::string> want;
    } cases[] = {
        {"unchanged, was set", {Kind::items, "l", "a", "a, b", {"b"}}, "a, b", "a"},
        {"unchanged, was not set", {Kind::items, "l", std::nullopt, "a, b", {"b"}}, "a, b", std::nullopt},
        {"the administrator added one", {Kind::items, "l", "a", "a, b", {"b"}}, "a, b, c", "a, c"},
        {"the administrator took ours out", {Kind::items, "l", "a", "a, b", {"b"}}, "a, c", "a, c"},
        {"it was there before us", {Kind::items, "l", "a, b", "a, b, d", {"b", "d"}}, "a, b, c, d", "a, b, c"},
        {"restrictions",
         {Kind::policy, "r", "permit_mynetworks, reject", applied, {policy}},
         applied + ", reject_x",
         "permit_mynetworks, reject, reject_x"},
        {"milters", {Kind::milter, "m", "", "{ unix:m }", {"unix:m"}}, "inet:h:1, { unix:m }", "inet:h:1"},
        {"our value", {Kind::value, "v", "postmaster", "ours", {}}, "ours", "postmaster"},
        {"their value now", {Kind::value, "v", "postmaster", "ours", {}}, "theirs", "theirs"},
        {"our service",
         {Kind::service, "1/inet", std::nullopt, "1 inet n - y - - smtpd -o {smtpd_milters={ unix:m }}", {"unix:m"}},
         "1   inet  n - y - - smtpd -o {smtpd_milters={ unix:m }}",
         std::nullopt},
        {"our service, changed",
         {Kind::service, "1/inet", std::nullopt, "1 inet n - y - - smtpd -o {smtpd_milters={ unix:m }}", {"unix:m"}},
         "1 inet n - y - - smtpd -o {smtpd_milters={ unix:m }, inet:h:1} -v",
         "1 inet n - y - - smtpd -o smtpd_milters=inet:h:1 -v"},
        {"their service on port 465, changed",
         {Kind::service_milter, "465/inet", "465 inet n - y - - smtpd", "465 inet n - y - - smtpd -o {smtpd_milters={ unix:m }} -o smtpd_tls_wrappermode=yes", {"unix:m"}},
         "465 inet n - y - - smtpd -o {smtpd_milters={ unix:m }} -o smtpd_tls_wrappermode=yes -v",
         "465 inet n - y - - smtpd -o smtpd_milters= -v"},
        {"their service",
         {Kind::service_policy, "2/inet", "x", "y", {policy}},
         "2 inet n - y - - smtpd -o {smtpd_recipient_restrictions=" + relay + ", reject_unauth_destination}",
         "2 inet n - y - - smtpd -o smtpd_recipient_restrictions=reject_unauth_destination"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.what) BOOST_TEST((reverted(c.change, c.present) == c.want), reverted(c.change, c.present).value_or("(none)"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
