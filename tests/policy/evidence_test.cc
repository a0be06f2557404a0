// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/evidence.cc: each piece of evidence both ways, and what `require` makes of them.
#include "policy/evidence.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
namespace conf = crmrelay::conf;

namespace crmrelay::policy {
std::ostream& operator<<(std::ostream& out, Judgement judgement) {
    constexpr const char* kNames[] = {"held", "failed", "unknown", "later"};
    return out << kNames[static_cast<int>(judgement)];
}
}  // namespace crmrelay::policy

namespace {

using enum Judgement;

conf::Domain plain() { return domain("example.com", {{kNetwork}}, {"192.0.2.0/24", "2001:db8::/32"}, {"crm@example.com"}); }

Rules one(conf::Domain domain) { return rules_of({std::move(domain)}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(evidence)

BOOST_AUTO_TEST_CASE(network) {
    auto entry = plain();
    entry.spf_networks = {"_spf.crm.test", "two.test"};
    auto prefixes_only = plain();
    prefixes_only.name = "plain.test";
    const auto rules = rules_of({entry, prefixes_only});
    const auto in = session("192.0.2.9", "", false), out = session("203.0.113.9", "", false);
    struct {
        const char* what;
        SessionFacts facts;
        std::size_t domain;
        Judgement want;
        const char* want_words;
    } const rows[] = {
        {"a prefix", in, 1, held, "client 192.0.2.9 is in this domain's networks"},
        {"an IPv6 prefix", session("2001:db8:1::1", "", false), 1, held, "client 2001:db8:1::1 is in this domain's networks"},
        {"no prefix", out, 1, failed, "client 203.0.113.9 is not in this domain's networks"},
        {"no prefix; another domain's record passes it", with_spf(out, {{"two.test", Standing::in}}), 1, failed, "client 203.0.113.9 is not in this domain's networks"},
        {"a prefix, records not asked", in, 0, held, "client 192.0.2.9 is in this domain's networks"},
        {"a prefix, DNS dead", with_spf(in, {{"_spf.crm.test", Standing::unknown}, {"two.test", Standing::unknown}}), 0, held, "client 192.0.2.9 is in this domain's networks"},
        {"a record passes it, the other was not asked", with_spf(out, {{"two.test", Standing::in}}), 0, held, "client 203.0.113.9 is in this domain's networks"},
        {"a record passes it, the other is unknown", with_spf(out, {{"_spf.crm.test", Standing::unknown}, {"two.test", Standing::in}}), 0, held,
         "client 203.0.113.9 is in this domain's networks"},
        {"no record passes it", with_spf(out, {{"_spf.crm.test", Standing::out}, {"two.test", Standing::out}}), 0, failed, "client 203.0.113.9 is not in this domain's networks"},
        {"one unknown", with_spf(out, {{"_spf.crm.test", Standing::out}, {"two.test", Standing::unknown}}), 0, unknown,
         "whether client 203.0.113.9 is in this domain's networks cannot be looked up now"},
        {"the first unknown", with_spf(out, {{"_spf.crm.test", Standing::unknown}, {"two.test", Standing::out}}), 0, unknown,
         "whether client 203.0.113.9 is in this domain's networks cannot be looked up now"},
        {"one not asked", with_spf(out, {{"_spf.crm.test", Standing::out}}), 0, unknown, "whether client 203.0.113.9 is in this domain's networks cannot be looked up now"},
        {"none asked", out, 0, unknown, "whether client 203.0.113.9 is in this domain's networks cannot be looked up now"},
        {"a record that the domain does not name", with_spf(out, {{"evil.test", Standing::in}, {"_spf.crm.test", Standing::out}, {"two.test", Standing::out}}), 0, failed,
         "client 203.0.113.9 is not in this domain's networks"},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST(judge(rules, row.domain, kNetwork, {row.facts}) == row.want);
            BOOST_TEST(words_for(rules, row.domain, kNetwork, {row.facts}) == row.want_words);
        }
}

BOOST_AUTO_TEST_CASE(login) {
    auto other = plain();
    other.name = "example.org";
    other.logins = {"crm@example.org"};
    const auto rules = rules_of({plain(), other});
    struct {
        const char* login;
        Judgement want;
        const char* want_words;
    } const rows[] = {
        {"crm@example.com", held, "login crm@example.com is one of this domain's logins"},
        {"CRM@EXAMPLE.com", held, "login CRM@EXAMPLE.com is one of this domain's logins"},
        {"crm@example.org", failed, "login crm@example.org is not one of this domain's logins"},
        {"crm@example.co", failed, "login crm@example.co is not one of this domain's logins"},
        {"crm", failed, "login crm is not one of this domain's logins"},
        {"", failed, "this session is not logged in"},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.login) {
            const auto facts = session("192.0.2.9", row.login, true);
            BOOST_TEST(judge(rules, 0, kLogin, {facts}) == row.want);
            BOOST_TEST(words_for(rules, 0, kLogin, {facts}) == row.want_words);
        }
}

BOOST_AUTO_TEST_CASE(tls) {
    using enum conf::TlsVersion;
    struct {
        const char* tls;
        conf::TlsVersion least;
        Judgement want;
        const char* want_words;
    } const rows[] = {
        {"", tls1_0, failed, "this session is not encrypted, use STARTTLS"},
        {"TLSv1", tls1_0, held, "the session is encrypted (TLSv1)"},
        {"SSLv3", tls1_0, failed, "this session is encrypted by SSLv3, and TLSv1 or newer is needed"},
        {"TLSv1", tls1_1, failed, "this session is encrypted by TLSv1, and TLSv1.1 or newer is needed"},
        {"TLSv1.1", tls1_2, failed, "this session is encrypted by TLSv1.1, and TLSv1.2 or newer is needed"},
        {"TLSv1.2", tls1_2, held, "the session is encrypted (TLSv1.2)"},
        {"TLSv1.3", tls1_2, held, "the session is encrypted (TLSv1.3)"},
        {"TLSv1.2", tls1_3, failed, "this session is encrypted by TLSv1.2, and TLSv1.3 or newer is needed"},
        {"TLSv1.3", tls1_3, held, "the session is encrypted (TLSv1.3)"},
        {"yes", tls1_0, failed, "this session is encrypted by yes, and TLSv1 or newer is needed"},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.tls << ", least " << conf::name_of(row.least)) {
            auto entry = plain();
            entry.tls_least = row.least;
            const auto rules = one(entry);
            auto facts = session("192.0.2.9", "", false);
            facts.tls = row.tls;
            BOOST_TEST(judge(rules, 0, kTls, {facts}) == row.want);
            BOOST_TEST(words_for(rules, 0, kTls, {facts}) == row.want_words);
        }
}

BOOST_AUTO_TEST_CASE(certificate) {
    const std::vector<conf::Certificate> digest{by_fingerprint(kDigest)}, subject{by_subject("CRM Example")}, both{by_subject("CRM Example"), by_fingerprint(kDigest)};
    struct {
        const char* what;
        std::vector<conf::Certificate> listed;
        std::string fingerprint, subject;
        Judgement want;
    } const rows[] = {
        {"none listed", {}, kDigest, "CRM Example", failed},
        {"none shown", both, "", "", failed},
        {"its digest", digest, kDigest, "", held},
        {"its digest in lower case", digest, crmrelay::base::lower(kDigest), "", held},
        {"another digest", digest, kOtherDigest, "", failed},
        {"the beginning of its digest", digest, kDigest.substr(0, 20), "", failed},
        {"a digest listed, the subject of somebody", digest, kOtherDigest, "CRM Example", failed},
        {"its subject", subject, kOtherDigest, "CRM Example", held},
        {"its subject in capitals", subject, kOtherDigest, "CRM EXAMPLE", held},
        {"its subject, not verified", subject, kOtherDigest, "", failed},
        {"another subject", subject, kOtherDigest, "CRM Example 2", failed},
        {"both listed: by digest", both, kDigest, "", held},
        {"both listed: by subject", both, kOtherDigest, "crm example", held},
        {"both listed: by neither", both, kOtherDigest, "Evil", failed},
        {"a subject that spells a digest", digest, "", kDigest, failed},
        {"a digest that spells a subject", subject, "CRM Example", "", failed},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) {
            auto entry = plain();
            entry.certificates = row.listed;
            const auto rules = one(entry);
            const auto facts = with_certificate(session("192.0.2.9", "", true), row.fingerprint, row.subject);
            BOOST_TEST(judge(rules, 0, kCertificate, {facts}) == row.want);
            BOOST_TEST((rules.with_certificate(facts).size() == 1) == (row.want == held));
        }
    auto entry = plain();
    entry.certificates = digest;
    const auto rules = one(entry);
    const auto words = [&](std::string fingerprint, std::string name) {
        const auto facts = with_certificate(session("192.0.2.9", "", true), std::move(fingerprint), std::move(name));
        return words_for(rules, 0, kCertificate, {facts});
    };
    BOOST_TEST(words("", "") == "this session shows no client certificate");
    BOOST_TEST(words(kDigest, "") == "client certificate " + kDigest + " is one of this domain's certificates");
    BOOST_TEST(words("AB:CD", "x") == "client certificate AB:CD is not one of this domain's certificates");
    BOOST_TEST(words("", "x") == "client certificate x is not one of this domain's certificates");
}

BOOST_AUTO_TEST_CASE(tenant) {
    auto entry = plain();
    entry.tenant = conf::Tenant{"X-SFDC-LK", "00D000000000001"};
    auto none = plain();
    none.name = "none.test";
    const auto rules = rules_of({entry, none});
    const auto facts = session("192.0.2.9", "", true);
    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct {
        const char* what;
        Headers headers;
        Judgement want;
        const char* want_words;
    } const rows[] = {
        {"right", {{"X-SFDC-LK", " 00D000000000001"}}, held, "X-SFDC-LK is this domain's"},
        {"right, folded and in another case of its name", {{"x-sfdc-lk", "\r\n 00D000000000001\t"}}, held, "X-SFDC-LK is this domain's"},
        {"right, beside others", {{"X-SFDC-EntityId", "1"}, {"X-SFDC-LK", "00D000000000001"}, {"X-SFDC-LK2", "9"}}, held, "X-SFDC-LK is this domain's"},
        {"missing", {}, failed, "the message has no X-SFDC-LK header"},
        {"missing, others there", {{"X-SFDC-EntityId", "00D000000000001"}}, failed, "the message has no X-SFDC-LK header"},
        {"wrong", {{"X-SFDC-LK", "00D000000000002"}}, failed, "X-SFDC-LK names another tenant than this domain's"},
        {"wrong case of the value", {{"X-SFDC-LK", "00d000000000001"}}, failed, "X-SFDC-LK names another tenant than this domain's"},
        {"more than the value", {{"X-SFDC-LK", "00D0000000000012"}}, failed, "X-SFDC-LK names another tenant than this domain's"},
        {"both in one value", {{"X-SFDC-LK", "00D000000000002, 00D000000000001"}}, failed, "X-SFDC-LK names another tenant than this domain's"},
        {"empty", {{"X-SFDC-LK", ""}}, failed, "X-SFDC-LK names another tenant than this domain's"},
        {"twice, wrong and right", {{"X-SFDC-LK", "00D000000000002"}, {"X-SFDC-LK", "00D000000000001"}}, failed, "the message has 2 X-SFDC-LK headers"},
        {"twice, right and wrong", {{"X-SFDC-LK", "00D000000000001"}, {"x-sfdc-lk", "00D000000000002"}}, failed, "the message has 2 X-SFDC-LK headers"},
        {"twice right", {{"X-SFDC-LK", "00D000000000001"}, {"X-Sfdc-Lk", "00D000000000001"}}, failed, "the message has 2 X-SFDC-LK headers"},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) {
            auto letter = message({"a@example.com"});
            letter.headers = row.headers;
            const Exhibit exhibit{facts, &letter, "example.com"};
            BOOST_TEST(judge(rules, 0, kTenant, exhibit) == row.want);
            BOOST_TEST(words_for(rules, 0, kTenant, exhibit) == row.want_words);
            BOOST_TEST(judge(rules, 1, kTenant, exhibit) == failed);   // who names no tenant has none
        }
    BOOST_TEST(judge(rules, 0, kTenant, {facts}) == later);
    BOOST_TEST(words_for(rules, 0, kTenant, {facts}) == "the message's X-SFDC-LK header decides");
    BOOST_TEST(judge(rules, 1, kTenant, {facts}) == failed);
    BOOST_TEST(words_for(rules, 1, kTenant, {facts}) == "this domain names no tenant");
}

BOOST_AUTO_TEST_CASE(dkim) {
    const auto facts = session("192.0.2.9", "", true);
    using Signers = std::vector<std::string>;
    struct {
        const char* what;
        const char* from_domain;
        Signers signers;
        const char* trouble;
        Judgement want_relaxed, want_strict;
    } const rows[] = {
        {"none", "example.com", {}, "", failed, failed},
        {"the domain itself", "example.com", {"example.com"}, "", held, held},
        {"the parent", "mail.example.com", {"example.com"}, "", held, failed},
        {"a child", "example.com", {"crm.example.com"}, "", held, failed},
        {"a sibling", "a.example.com", {"b.example.com"}, "", held, failed},
        {"one of several", "example.com", {"crm.test", "other.test", "example.com"}, "", held, held},
        {"the CRM's own", "example.com", {"crm.test"}, "", failed, failed},
        {"one that only ends alike", "example.com", {"notexample.com"}, "", failed, failed},
        {"under a public suffix: the same organisation", "mail.example.co.jp", {"example.co.jp"}, "", held, failed},
        {"under a public suffix: another organisation", "example.co.jp", {"other.co.jp"}, "", failed, failed},
        {"the public suffix itself", "example.co.jp", {"co.jp"}, "", failed, failed},
        {"a public suffix both", "co.jp", {"jp"}, "", failed, failed},
        {"another tenant of a host", "one.github.io", {"two.github.io"}, "", failed, failed},
        {"an empty d=", "example.com", {""}, "", failed, failed},
        {"internationalised", "mail.xn--bcher-kva.example", {"xn--bcher-kva.example"}, "", held, failed},
        {"trouble, and none", "example.com", {}, "DNS timeout for crm._domainkey.example.com", unknown, unknown},
        {"trouble, and the CRM's own", "example.com", {"crm.test"}, "DNS timeout", unknown, unknown},
        {"trouble with another one", "example.com", {"example.com"}, "DNS timeout", held, held},
    };
    for (const auto& row : rows)
        for (const auto alignment : {conf::Alignment::relaxed, conf::Alignment::strict}) {
            const bool strict = alignment == conf::Alignment::strict;
            auto entry = plain();
            entry.dkim_alignment = alignment;
            const auto rules = one(entry);
            auto letter = message({"a@example.com"});
            letter.dkim = row.signers;
            letter.dkim_trouble = row.trouble;
            const Exhibit exhibit{facts, &letter, row.from_domain};
            const auto want = strict ? row.want_strict : row.want_relaxed;
            BOOST_TEST_CONTEXT(row.what << (strict ? ", strict" : ", relaxed")) {
                BOOST_TEST(judge(rules, 0, kDkim, exhibit) == want);
                BOOST_TEST(has_aligned_signature(rules.domain(0), exhibit) == (want == held));
            }
        }
    const auto rules = one(plain());
    BOOST_TEST(judge(rules, 0, kDkim, {facts}) == later);
    BOOST_TEST(!has_aligned_signature(rules.domain(0), {facts}));
    BOOST_TEST(words_for(rules, 0, kDkim, {facts}) == "the message's DKIM signatures decide");
    auto letter = message({"a@example.com"});
    const Exhibit exhibit{facts, &letter, "example.com"};
    BOOST_TEST(words_for(rules, 0, kDkim, exhibit) == "the message has no valid DKIM signature");
    letter.dkim = {"crm.test"};
    BOOST_TEST(words_for(rules, 0, kDkim, exhibit) == "the valid DKIM signature is of crm.test, which is not aligned with example.com");
    letter.dkim_trouble = "timeout";
    BOOST_TEST(words_for(rules, 0, kDkim, exhibit) == "DKIM signatures cannot be judged now: timeout");
    letter.dkim = {"crm.test", "example.com"};
    BOOST_TEST(words_for(rules, 0, kDkim, exhibit) == "a DKIM signature aligned with example.com is valid");
}

BOOST_AUTO_TEST_CASE(alternatives) {
    using Require = std::vector<conf::EvidenceSet>;
    const auto dns_dead = session("203.0.113.9", "crm@example.com", true);     // network unknown, login and TLS held
    auto no_tls = dns_dead, no_login = dns_dead, neither = dns_dead;
    no_tls.tls.clear();
    no_login.login.clear();
    neither.tls.clear();
    neither.login.clear();
    struct {
        const char* what;
        Require require;
        SessionFacts facts;
        Judgement want;
        std::optional<conf::Evidence> want_lacking;
    } const rows[] = {
        {"one that holds", {{kLogin, kTls}}, dns_dead, held, {}},
        {"one unknown", {{kNetwork, kLogin, kTls}}, dns_dead, unknown, kNetwork},
        {"unknown and failed in one set: it fails", {{kNetwork, kLogin, kTls}}, no_tls, failed, kTls},
        {"two failed: the first is named", {{kNetwork, kLogin, kTls}}, neither, failed, kLogin},
        {"one unknown, one holds", {{kNetwork}, {kLogin, kTls}}, dns_dead, held, {}},
        {"one holds, one unknown", {{kLogin, kTls}, {kNetwork}}, dns_dead, held, {}},
        {"one unknown, one failed", {{kNetwork}, {kLogin, kTls}}, no_tls, unknown, kNetwork},
        {"one failed, one unknown", {{kLogin, kTls}, {kNetwork}}, no_tls, unknown, kNetwork},
        {"both failed: who lacks less is named", {{kNetwork, kLogin, kTls, kCertificate}, {kLogin, kTls}}, no_tls, failed, kTls},
        {"both failed, the other way round", {{kLogin, kCertificate}, {kNetwork, kLogin, kTls, kCertificate}}, neither, failed, kLogin},
        {"both fail, one with an unknown", {{kNetwork, kCertificate}, {kCertificate}}, dns_dead, failed, kCertificate},
        {"two unknown", {{kNetwork, kLogin}, {kNetwork, kTls}}, dns_dead, unknown, kNetwork},
        {"later counts as held", {{kLogin, kDkim, kTenant}}, dns_dead, held, {}},
        {"later and failed", {{kLogin, kDkim}}, no_login, failed, kLogin},
        {"no set at all", {}, dns_dead, failed, {}},
        {"an empty set holds for nobody", {{}}, dns_dead, failed, {}},
        {"an empty set beside one", {{}, {kCertificate}}, dns_dead, failed, kCertificate},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) {
            auto entry = plain();
            entry.require = row.require;
            entry.spf_networks = {"_spf.crm.test"};
            entry.tenant = conf::Tenant{"X-SFDC-LK", "1"};
            const auto got = rule(one(entry), 0, {row.facts});
            BOOST_TEST(got.judgement == row.want);
            BOOST_TEST((got.lacking == row.want_lacking));
        }
}

BOOST_AUTO_TEST_CASE(findings_show_each_piece) {
    const auto rules = rules_of(usual_domains());
    const auto facts = session("192.0.2.10", "", false);
    const auto findings = examine(rules, 0, {facts});
    struct {
        conf::Evidence kind;
        bool required;
        Judgement judgement;
        const char* words;
    } const want[] = {
        {kLogin, true, failed, "this session is not logged in"},
        {kNetwork, true, held, "client 192.0.2.10 is in this domain's networks"},
        {kTls, true, failed, "this session is not encrypted, use STARTTLS"},
        {kCertificate, false, failed, "this session shows no client certificate"},
        {kTenant, false, failed, "this domain names no tenant"},
        {kDkim, false, later, "the message's DKIM signatures decide"},
    };
    BOOST_REQUIRE(findings.size() == std::size(want));
    for (std::size_t i = 0; i < findings.size(); ++i) BOOST_TEST_CONTEXT(conf::name_of(want[i].kind)) {
            BOOST_TEST((findings[i].kind == want[i].kind));
            BOOST_TEST(findings[i].required == want[i].required);
            BOOST_TEST(findings[i].judgement == want[i].judgement);
            BOOST_TEST(findings[i].words == want[i].words);
        }
}

BOOST_AUTO_TEST_SUITE_END()
