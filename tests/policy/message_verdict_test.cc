// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/message_verdict.cc: what happens to a message, by its From.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
using Kind = MessageVerdict::Kind;

namespace {

constexpr crmrelay::base::Seconds kNow = 1'795'000'000;

MessageFacts message(std::vector<std::string> from, std::string sender = "b@crm.test") {
    MessageFacts out;
    out.queue_id = "4F1";
    out.sender = std::move(sender);
    out.from = std::move(from);
    out.recipients = {{"customer@dest.test", "", ""}};
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_verdicts)

BOOST_AUTO_TEST_CASE(by_from) {
    const auto rules = rules_of(usual_domains());
    const auto crm = session("192.0.2.10", "crm@example.com", true);
    const auto stranger = session("203.0.113.200", "", true);
    const auto network_only = session("198.51.100.7", "", false);
    const auto watched = session("203.0.113.9", "crm@watch.test", true);
    const auto watched_elsewhere = session("203.0.113.200", "crm@watch.test", true);
    struct {
        const char* what;
        SessionFacts facts;
        bool granted;
        std::vector<std::string> from;
        Kind want;
        const char* want_reason;
        const char* want_domain;
    } const rows[] = {
        {"own From", crm, true, {"Sales <sales@example.com>"}, Kind::relay, "", "example.com"},
        {"own From, not granted (local recipients only)", crm, false, {"sales@example.com"}, Kind::relay, "", "example.com"},
        {"in capitals", crm, true, {"SALES@EXAMPLE.COM"}, Kind::relay, "", "example.com"},
        {"an alias domain", crm, true, {"sales@example.co.jp"}, Kind::relay, "", "example.com"},
        {"a covered subdomain", crm, true, {"sales@a.b.mail.example.com"}, Kind::relay, "", "example.com"},
        {"the suffix itself is not covered", crm, true, {"sales@mail.example.com"}, Kind::refuse, "from", ""},
        {"a subdomain that is not covered", crm, true, {"sales@www.example.com"}, Kind::refuse, "from", ""},
        {"a domain that only ends alike", crm, true, {"sales@notexample.com"}, Kind::refuse, "from", ""},
        {"two addresses of one entry", crm, true, {"a@example.com, b@example.co.jp"}, Kind::relay, "", "example.com"},
        {"two addresses of two entries", crm, true, {"a@example.com, b@example.org"}, Kind::refuse, "from", ""},
        {"a foreign From", crm, true, {"ceo@bank.test"}, Kind::refuse, "from", ""},
        {"own and foreign", crm, true, {"a@example.com, ceo@bank.test"}, Kind::refuse, "from", ""},
        {"two From fields", crm, true, {"a@example.com", "a@example.com"}, Kind::refuse, "from", ""},
        {"no From field", crm, true, {}, Kind::refuse, "from", ""},
        {"an unreadable From", crm, true, {"evil@evil.test <a@example.com>"}, Kind::refuse, "from", ""},
        {"a group", crm, true, {"x: a@example.com;"}, Kind::refuse, "from", ""},
        {"another domain, whose login this is not", crm, true, {"a@example.org"}, Kind::refuse, "login", ""},
        {"nobody's message", stranger, false, {"sales@example.com"}, Kind::pass, "", ""},
        {"granted by network", network_only, true, {"a@example.org"}, Kind::relay, "", "example.org"},
        {"granted by network, foreign From", network_only, true, {"ceo@bank.test"}, Kind::refuse, "from", ""},
        {"observing: evidence holds", watched, true, {"a@watch.test"}, Kind::relay, "", "watch.test"},
        {"observing: evidence fails", watched_elsewhere, false, {"a@watch.test"}, Kind::pass, "network", ""},
        {"observing: foreign From", watched, true, {"ceo@bank.test"}, Kind::pass, "from", ""},
        {"observing session, enforcing From", watched, true, {"a@example.com"}, Kind::refuse, "login", ""},
        {"enforcing session, observing From", crm, true, {"a@watch.test"}, Kind::refuse, "login", ""},
    };
    for (const auto& row : rows) {
        const auto got = message_verdict(rules, row.facts, message(row.from), row.granted, kNow);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == row.want));
            BOOST_TEST((got.refusal ? got.refusal->reason : "") == row.want_reason);
            BOOST_TEST((got.domain ? got.domain->name : "") == row.want_domain);
            if (got.refusal) BOOST_TEST(got.refusal->observed == (row.want == Kind::pass));
        }
    }
}

BOOST_AUTO_TEST_CASE(return_paths) {
    auto domains = usual_domains();
    auto keep = domain("keep.test", {{kNetwork}}, {"192.0.2.128/25"}, {});
    keep.bounces.to = crmrelay::conf::Bounces::To::keep;
    keep.return_path.reset();
    domains.push_back(keep);
    const auto rules = rules_of(domains);
    const auto crm = session("192.0.2.10", "crm@example.com", true);
    const auto token = rules.keys().make(kNow, "12345678", "bounce.example.com");
    const auto token_org = rules.keys().make(kNow, "12345678", "example.org");
    struct {
        const char* what;
        SessionFacts facts;
        const char* from;
        std::string sender;
        Kind want;
        bool want_rewrite;
    } const rows[] = {
        {"the CRM's own", crm, "a@example.com", std::string(138 - 9, 'x') + "@crm.test", Kind::relay, true},
        {"null sender", crm, "a@example.com", "", Kind::relay, false},
        {"already rewritten", crm, "a@example.com", token + "@bounce.example.com", Kind::relay, false},
        {"already rewritten, prefix form", crm, "a@example.com", "bounce+" + token_org + "@example.org", Kind::relay, false},
        {"forged in our bounce domain", crm, "a@example.com", std::string(40, 'a') + "@bounce.example.com", Kind::refuse, false},
        {"forged, with a dot behind the domain", crm, "a@example.com", std::string(40, 'a') + "@bounce.example.com.", Kind::refuse, false},
        {"a genuine token behind something", crm, "a@example.com", "junk" + token + "@bounce.example.com", Kind::refuse, false},
        {"a genuine token behind something, prefix form", crm, "a@example.com", "bounce+junk" + token_org + "@example.org", Kind::refuse, false},
        {"our bare bounce address", crm, "a@example.com", "bounce@example.org", Kind::refuse, false},
        {"a mailbox beside bounce addresses", crm, "a@example.com", "taro@example.org", Kind::relay, true},
        {"keep", session("192.0.2.200", "", false), "a@keep.test", "b@crm.test", Kind::relay, false},
    };
    for (const auto& row : rows) {
        const auto got = message_verdict(rules, row.facts, message({row.from}, row.sender), true, kNow);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == row.want));
            BOOST_TEST(got.rewrite == row.want_rewrite);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
