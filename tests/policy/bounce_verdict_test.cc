// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/bounce_verdict.cc: which recipients are our bounce addresses, and which of these are genuine.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
using Kind = BounceVerdict::Kind;

BOOST_AUTO_TEST_SUITE(bounce_verdicts)

BOOST_AUTO_TEST_CASE(table) {
    constexpr crmrelay::base::Seconds kNow = 1'795'000'000, kDay = 86400;
    const auto rules = rules_of(usual_domains());
    const auto dedicated = rules.keys().make(kNow, "12345678", "bounce.example.com");
    const auto shared = rules.keys().make(kNow, "12345678", "example.org");
    const auto old = rules.keys().make(kNow - 31 * kDay, "12345678", "bounce.example.com");
    const auto foreign = TokenKeys({"somebody else's key, guessed"}).make(kNow, "12345678", "bounce.example.com");
    std::string capitals;
    for (const char c : dedicated) capitals += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    struct {
        const char* what;
        std::string recipient;
        bool from_ourselves;
        Kind want;
        const char* want_text;
    } const rows[] = {
        {"a genuine token", dedicated + "@bounce.example.com", false, Kind::look_up, ""},
        {"in capitals", capitals + "@BOUNCE.EXAMPLE.COM", false, Kind::look_up, ""},
        {"in the prefix form", "bounce+" + shared + "@example.org", false, Kind::look_up, ""},
        {"prefix in capitals", "BOUNCE+" + shared + "@example.org", false, Kind::look_up, ""},
        {"a token of another bounce domain", dedicated + "@bounce.watch.test", false, Kind::refuse, "no return path of ours"},
        {"expired", old + "@bounce.example.com", false, Kind::refuse, "expired"},
        {"forged", foreign + "@bounce.example.com", false, Kind::refuse, "no return path of ours"},
        {"no token at all", "info@bounce.example.com", false, Kind::refuse, "no return path of ours"},
        {"empty local part", "@bounce.example.com", false, Kind::refuse, "no return path of ours"},
        {"prefix with rubbish", "bounce+x@example.org", false, Kind::refuse, "no return path of ours"},
        {"the token-less prefix", "bounce@example.org", false, Kind::pass, ""},
        {"a mailbox beside", "taro@example.org", false, Kind::not_ours, ""},
        {"postmaster", "postmaster@bounce.example.com", false, Kind::pass, ""},
        {"abuse", "Abuse@bounce.example.com", false, Kind::pass, ""},
        {"2bounce from outside", "2bounce@bounce.example.com", false, Kind::refuse, "own Postfix"},
        {"2bounce with a dot behind the domain", "2bounce@bounce.example.com.", false, Kind::refuse, "own Postfix"},
        {"2bounce by bangs", "bounce.example.com!2bounce", false, Kind::refuse, "own Postfix"},
        {"2bounce by bangs, with a dot", "bounce.example.com.!2bounce@", false, Kind::refuse, "own Postfix"},
        {"2bounce by a percent sign", "2bounce%Bounce.Example.Com", false, Kind::refuse, "own Postfix"},
        {"2bounce by a percent sign and an empty domain", "2bounce%bounce.example.com@", false, Kind::refuse, "own Postfix"},
        {"2bounce by a route", "2bounce%bounce.example.com@mail.example.com", false, Kind::refuse, "without a route"},
        {"2bounce by a long route", "mail.example.com!x.test!bounce.example.com!2bounce", false, Kind::refuse, "without a route"},
        {"an endless route", std::string(300, '!') + "@mail.example.com", false, Kind::refuse, "without a route"},
        {"a route elsewhere", "x%dest.test@mail.example.com", false, Kind::not_ours, ""},
        {"2bounce with an extension", "2bounce+x@example.org", false, Kind::refuse, "own Postfix"},
        {"forged, with a dot behind the domain", foreign + "@bounce.example.com.", false, Kind::refuse, "no return path of ours"},
        {"a genuine token, with a dot behind the domain", dedicated + "@bounce.example.com.", false, Kind::look_up, ""},
        {"2bounce from ourselves", "2bounce@bounce.example.com", true, Kind::pass, ""},
        {"another domain", "x@dest.test", false, Kind::not_ours, ""},
        {"no domain", "postmaster", false, Kind::not_ours, ""},
        {"the From domain itself", "sales@example.com", false, Kind::not_ours, ""},
    };
    for (const auto& row : rows) {
        const auto got = bounce_verdict(rules, row.recipient, row.from_ourselves, kNow);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == row.want));
            if (row.want == Kind::refuse) {
                BOOST_REQUIRE(got.refusal);
                BOOST_TEST(got.refusal->reply.line().starts_with("550 5.1.1 "));
                BOOST_TEST(got.refusal->reply.text().find(row.want_text) != std::string::npos);
                BOOST_TEST(got.refusal->reply.text().ends_with("[crmrelay:bounce-address]"));
            }
            if (row.want == Kind::look_up) BOOST_TEST(got.token.size() == kTokenLength);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
