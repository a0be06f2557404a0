// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/message_verdict.cc: what happens to a message, by its From.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
namespace conf = crmrelay::conf;
using Kind = MessageVerdict::Kind;

namespace {

constexpr crmrelay::base::Seconds kNow = 1'795'000'000;

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

BOOST_AUTO_TEST_CASE(by_more_evidence) {
    auto tenant = domain("tenant.test", {{kNetwork, kTenant}}, {"192.0.2.0/24"}, {});
    tenant.tenant = conf::Tenant{"X-Org", "1"};
    auto signing = domain("signed.co.jp", {{kNetwork, kDkim}}, {"192.0.2.0/24"}, {});
    signing.also = {".signed.co.jp"};
    auto pin = domain("pin.test", {{kCertificate, kTls}, {kNetwork, kTenant, kDkim}}, {"192.0.2.0/24"}, {});
    pin.certificates = {by_fingerprint(kDigest)};
    pin.tenant = conf::Tenant{"X-Org", "2"};
    auto spf = domain("spf.test", {{kNetwork}}, {}, {});
    spf.spf_networks = {"_spf.crm.test"};
    const auto rules = rules_of({tenant, signing, pin, spf});
    const auto listed = session("192.0.2.9", "", true), elsewhere = session("203.0.113.9", "", true);
    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct {
        const char* what;
        SessionFacts facts;
        const char* from;
        Headers headers;
        std::vector<std::string> dkim;
        const char* trouble;
        const char* want;   // "relay" or the reply's beginning
    } const rows[] = {
        {"tenant", listed, "a@tenant.test", {{"x-org", "1"}}, {}, "", "relay"},
        {"another tenant", listed, "a@tenant.test", {{"X-Org", "2"}}, {}, "", "550 5.7.1 tenant.test: X-Org names another tenant than this domain's [crmrelay:tenant]"},
        {"no tenant", listed, "a@tenant.test", {}, {}, "", "550 5.7.1 tenant.test: the message has no X-Org header [crmrelay:tenant]"},
        {"two tenants", listed, "a@tenant.test", {{"X-Org", "1"}, {"X-Org", "1"}}, {}, "", "550 5.7.1 tenant.test: the message has 2 X-Org headers [crmrelay:tenant]"},
        {"its tenant from elsewhere", elsewhere, "a@tenant.test", {{"X-Org", "1"}}, {}, "",
         "550 5.7.1 tenant.test: client 203.0.113.9 is not in this domain's networks [crmrelay:network]"},
        {"signed", listed, "a@signed.co.jp", {}, {"signed.co.jp"}, "", "relay"},
        {"signed by the parent", listed, "a@mail.signed.co.jp", {}, {"signed.co.jp"}, "", "relay"},
        {"signed by a neighbour", listed, "a@signed.co.jp", {}, {"other.co.jp"}, "",
         "550 5.7.1 signed.co.jp: the valid DKIM signature is of other.co.jp, which is not aligned with signed.co.jp [crmrelay:dkim]"},
        {"not signed", listed, "a@signed.co.jp", {}, {}, "", "550 5.7.1 signed.co.jp: the message has no valid DKIM signature [crmrelay:dkim]"},
        {"not to be judged now", listed, "a@signed.co.jp", {}, {"other.co.jp"}, "the key of s._domainkey.signed.co.jp: timeout",
         "451 4.4.3 signed.co.jp: DKIM signatures cannot be judged now: the key of s._domainkey.signed.co.jp: timeout [crmrelay:unavailable]"},
        {"not to be judged now, and from elsewhere", elsewhere, "a@signed.co.jp", {}, {}, "timeout",
         "550 5.7.1 signed.co.jp: client 203.0.113.9 is not in this domain's networks [crmrelay:network]"},
        {"trouble that decides nothing", listed, "a@tenant.test", {{"X-Org", "1"}}, {}, "timeout", "relay"},
        {"certificate", with_certificate(elsewhere, kDigest), "a@pin.test", {}, {}, "timeout", "relay"},
        {"certificate, From of another", with_certificate(elsewhere, kDigest), "a@tenant.test", {{"X-Org", "1"}}, {}, "",
         "550 5.7.1 tenant.test: client 203.0.113.9 is not in this domain's networks [crmrelay:network]"},
        {"another certificate", with_certificate(elsewhere, kOtherDigest), "a@pin.test", {}, {"pin.test"}, "",
         "550 5.7.1 pin.test: client certificate " , },
        {"the other alternative", listed, "a@pin.test", {{"X-Org", "2"}}, {"pin.test"}, "", "relay"},
        {"the other alternative, to be judged later", listed, "a@pin.test", {{"X-Org", "2"}}, {}, "timeout", "451 4.4.3 pin.test: DKIM signatures cannot be judged now"},
        {"the other alternative with another's tenant", listed, "a@pin.test", {{"X-Org", "1"}}, {"pin.test"}, "", "550 5.7.1 pin.test: this session shows no client certificate"},
        {"a record passes it", with_spf(elsewhere, {{"_spf.crm.test", Standing::in}}), "a@spf.test", {}, {}, "", "relay"},
        {"no record passes it", with_spf(elsewhere, {{"_spf.crm.test", Standing::out}}), "a@spf.test", {}, {}, "",
         "550 5.7.1 spf.test: client 203.0.113.9 is not in this domain's networks [crmrelay:network]"},
        {"DNS is dead", with_spf(elsewhere, {{"_spf.crm.test", Standing::unknown}}), "a@spf.test", {}, {}, "",
         "451 4.4.3 spf.test: whether client 203.0.113.9 is in this domain's networks cannot be looked up now [crmrelay:unavailable]"},
    };
    for (const auto& row : rows) {
        auto letter = message({row.from});
        letter.headers = row.headers;
        letter.dkim = row.dkim;
        letter.dkim_trouble = row.trouble;
        const auto got = message_verdict(rules, row.facts, letter, true, kNow);
        const auto answer = got.kind == Kind::relay ? "relay" : got.refusal ? got.refusal->reply.line() : "pass";
        BOOST_TEST_CONTEXT(row.what << ": " << answer) {
            BOOST_TEST(answer.starts_with(row.want));
            if (got.refusal) BOOST_TEST(got.refusal->reason == got.refusal->reply.reason());
        }
    }
}

BOOST_AUTO_TEST_CASE(recipients_of_one_message) {
    struct {
        std::int64_t most;
        int recipients;
        bool want_relay;
    } const rows[] = {{0, 1000, true}, {2, 1, true}, {2, 2, true}, {2, 3, false}, {1, 2, false}};
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.recipients << " of " << row.most) {
            auto domains = usual_domains();
            domains[0].limits.recipients = row.most;
            auto letter = message({"a@example.com"});
            letter.recipients.resize(static_cast<std::size_t>(row.recipients), {"customer@dest.test", "", ""});
            const auto crm = session("192.0.2.10", "crm@example.com", true);
            const auto got = message_verdict(rules_of(domains), crm, letter, true, kNow);
            BOOST_TEST((got.kind == (row.want_relay ? Kind::relay : Kind::refuse)));
            if (row.want_relay) continue;
            BOOST_TEST(got.refusal->reason == "limit");
            BOOST_TEST(got.refusal->reply.line() == "451 4.7.1 example.com: the message has " + std::to_string(row.recipients) + " recipients, and this domain's limit is " +
                                                        std::to_string(row.most) + " [crmrelay:limit]");
            // Who may not relay at all hears that, not the limit.
            BOOST_TEST(message_verdict(rules_of(domains), session("203.0.113.200", "crm@example.com", true), letter, true, kNow).refusal->reason == "network");
        }
}

BOOST_AUTO_TEST_CASE(signing) {
    using Sign = conf::DkimSigning::Sign;
    struct {
        const char* what;
        std::optional<Sign> sign;
        conf::Alignment alignment;
        std::vector<std::string> dkim;
        const char* trouble;
        bool want;
    } const rows[] = {
        {"no keys", std::nullopt, conf::Alignment::relaxed, {}, "", false},
        {"never", Sign::never, conf::Alignment::relaxed, {}, "", false},
        {"missing: no signature", Sign::missing, conf::Alignment::relaxed, {}, "", true},
        {"missing: an aligned one", Sign::missing, conf::Alignment::relaxed, {"example.com"}, "", false},
        {"missing: one of a subdomain", Sign::missing, conf::Alignment::relaxed, {"crm.example.com"}, "", false},
        {"missing: one of a subdomain, strict", Sign::missing, conf::Alignment::strict, {"crm.example.com"}, "", true},
        {"missing: the CRM's own", Sign::missing, conf::Alignment::relaxed, {"crm.test"}, "", true},
        {"missing: the CRM's own and an aligned one", Sign::missing, conf::Alignment::relaxed, {"crm.test", "example.com"}, "", false},
        {"missing: one that cannot be judged", Sign::missing, conf::Alignment::relaxed, {}, "timeout", true},
        {"always: no signature", Sign::always, conf::Alignment::relaxed, {}, "", true},
        {"always: an aligned one", Sign::always, conf::Alignment::relaxed, {"example.com"}, "", true},
    };
    for (const auto& row : rows) {
        auto domains = usual_domains();
        domains[0].dkim_alignment = row.alignment;
        if (row.sign) domains[0].dkim = conf::DkimSigning{*row.sign, {{"crm", "/k.pem"}}, "example.com"};
        auto letter = message({"a@example.com"});
        letter.dkim = row.dkim;
        letter.dkim_trouble = row.trouble;
        const auto got = message_verdict(rules_of(domains), session("192.0.2.10", "crm@example.com", true), letter, true, kNow);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == Kind::relay));
            BOOST_TEST(got.sign == row.want);
            const auto refused = message_verdict(rules_of(domains), session("192.0.2.10", "crm@example.com", false), letter, true, kNow);
            BOOST_TEST(!refused.sign);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_piece_is_told) {
    const auto rules = rules_of({domain("example.com", {{kNetwork, kLogin}, {kLogin, kDkim}}, {"192.0.2.0/24"}, {"crm@example.com"})});
    auto letter = message({"a@example.com"});
    const auto relayed = message_verdict(rules, session("192.0.2.10", "crm@example.com", true), letter, true, kNow);
    BOOST_TEST(pieces(relayed.findings, Judgement::held) == "login,network");
    BOOST_TEST(pieces(relayed.findings, Judgement::failed) == "dkim");
    const auto refused = message_verdict(rules, session("203.0.113.9", "crm@example.com", true), letter, true, kNow);
    BOOST_TEST(pieces(refused.refusal->findings, Judgement::failed) == "network,dkim");
    letter.dkim_trouble = "no answer";
    const auto unknown = message_verdict(rules, session("203.0.113.9", "crm@example.com", true), letter, true, kNow);
    BOOST_TEST(pieces(unknown.refusal->findings, Judgement::unknown) == "dkim");
}

BOOST_AUTO_TEST_CASE(archive_copies) {
    struct {
        const char* archive;
        const char* recipient;
        const char* want;
    } const rows[] = {{"", "customer@dest.test", ""}, {"archive@example.com", "customer@dest.test", "archive@example.com"}, {"archive@example.com", "ARCHIVE@example.com", ""}};
    for (const auto& row : rows) {
        auto domains = usual_domains();
        domains[0].archive = row.archive;
        auto letter = message({"a@example.com"});
        letter.recipients.push_back({row.recipient, "", ""});
        BOOST_TEST(message_verdict(rules_of(domains), session("192.0.2.10", "crm@example.com", true), letter, true, kNow).archive == row.want);
    }
}

BOOST_AUTO_TEST_SUITE_END()
