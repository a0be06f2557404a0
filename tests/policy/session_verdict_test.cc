// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/session_verdict.cc and policy/evidence.cc: who passes RCPT.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
using Kind = SessionVerdict::Kind;

BOOST_AUTO_TEST_SUITE(session_verdicts)

BOOST_AUTO_TEST_CASE(table) {
    const auto rules = rules_of(usual_domains());
    struct {
        const char* what;
        SessionFacts facts;
        Kind want;
        const char* want_domain;
        const char* want_reason;
    } const rows[] = {
        {"all evidence", session("192.0.2.10", "crm@example.com", true), Kind::grant, "", ""},
        {"login in capitals", session("192.0.2.10", "CRM@Example.com", true), Kind::grant, "", ""},
        {"IPv6", session("2001:db8::5", "crm@example.com", true), Kind::grant, "", ""},
        {"IPv4-mapped", session("::ffff:192.0.2.10", "crm@example.com", true), Kind::grant, "", ""},
        {"right login, unlisted address", session("203.0.113.200", "crm@example.com", true), Kind::refuse, "example.com", "network"},
        {"listed address, no login", session("192.0.2.10", "", true), Kind::refuse, "example.com", "login"},
        {"no TLS", session("192.0.2.10", "crm@example.com", false), Kind::refuse, "example.com", "tls"},
        {"neither", session("203.0.113.200", "", true), Kind::not_ours, "", ""},
        {"an employee's login", session("203.0.113.200", "taro@example.com", true), Kind::not_ours, "", ""},
        {"an employee's login from a listed address", session("192.0.2.10", "taro@example.com", true), Kind::not_ours, "", ""},
        {"second alternative: network alone", session("198.51.100.7", "", false), Kind::grant, "", ""},
        {"first alternative: login and TLS from anywhere", session("203.0.113.200", "crm@example.org", true), Kind::grant, "", ""},
        {"first alternative without TLS", session("203.0.113.200", "crm@example.org", false), Kind::refuse, "example.org", "tls"},
        {"another domain's login from a listed address", session("192.0.2.10", "crm@example.org", false), Kind::refuse, "example.org", "tls"},
        {"observing, evidence holds", session("203.0.113.9", "crm@watch.test", true), Kind::grant, "", ""},
        {"observing, evidence fails", session("203.0.113.200", "crm@watch.test", true), Kind::not_ours, "watch.test", "network"},
        {"observing, no login", session("203.0.113.9", "", false), Kind::not_ours, "watch.test", "login"},
    };
    for (const auto& row : rows) {
        const auto got = session_verdict(rules, row.facts);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == row.want));
            BOOST_TEST((got.refusal ? got.refusal->domain : "") == row.want_domain);
            BOOST_TEST((got.refusal ? got.refusal->reason : "") == row.want_reason);
            if (got.refusal) BOOST_TEST(got.refusal->observed == (row.want == Kind::not_ours));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_reply_names_domain_and_cause) {
    const auto rules = rules_of(usual_domains());
    const auto got = session_verdict(rules, session("203.0.113.200", "crm@example.com", true));
    BOOST_TEST(got.refusal->reply.line() == "550 5.7.1 example.com: client 203.0.113.200 is not in this domain's networks [crmrelay:network]");
}

BOOST_AUTO_TEST_CASE(nothing_configured_concerns_nobody) {
    const auto rules = rules_of({});
    BOOST_TEST((session_verdict(rules, session("192.0.2.10", "crm@example.com", true)).kind == Kind::not_ours));
}

BOOST_AUTO_TEST_CASE(findings_show_each_piece) {
    const auto rules = rules_of(usual_domains());
    const auto findings = examine(rules, 0, session("192.0.2.10", "", false));
    BOOST_REQUIRE(findings.size() == 3u);
    BOOST_TEST(!findings[0].held);   // login
    BOOST_TEST(findings[1].held);    // network
    BOOST_TEST(!findings[2].held);   // TLS
    for (const auto& finding : findings) BOOST_TEST(finding.required);
}

BOOST_AUTO_TEST_SUITE_END()
