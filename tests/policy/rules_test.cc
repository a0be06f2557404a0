// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/rules.cc: who lists what.
#include "policy/rules.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

namespace {

using Indexes = std::vector<std::size_t>;
using Names = std::vector<std::string>;

template <typename Range>
Indexes indexes(const Range& range) { return {range.begin(), range.end()}; }

// a.test (0), b.test (1) and c.test (2), which share a login, a certificate and a record here and there.
Rules shared() {
    auto a = domain("a.test", {{kNetwork}}, {"192.0.2.0/24", "192.0.2.128/25"}, {"crm@a.test", "both@a.test"});
    a.spf_networks = {"_spf.crm.test", "one.test"};
    a.certificates = {by_fingerprint(kDigest), by_subject("Crm.Example")};
    auto b = domain("b.test", {{kLogin}}, {"192.0.2.128/25"}, {"both@a.test"});
    b.spf_networks = {"_spf.crm.test", "two.test"};
    b.certificates = {by_fingerprint(kDigest)};
    auto c = domain("c.test", {{kCertificate}}, {}, {});
    c.spf_networks = {"three.test"};
    c.certificates = {by_fingerprint(kOtherDigest), by_subject("crm.example")};
    return rules_of({a, b, c});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(by_network_and_login) {
    const auto r = shared();
    BOOST_TEST(indexes(r.with_network(ip("192.0.2.1"))) == (Indexes{0}));
    BOOST_TEST(indexes(r.with_network(ip("192.0.2.200"))) == (Indexes{0, 1}));
    BOOST_TEST(indexes(r.with_network(ip("198.51.100.1"))).empty());
    BOOST_TEST(indexes(r.with_login("crm@a.test")) == (Indexes{0}));
    BOOST_TEST(indexes(r.with_login("BOTH@A.test")) == (Indexes{0, 1}));
    BOOST_TEST(indexes(r.with_login("")).empty());
    BOOST_TEST(indexes(r.with_login("taro@a.test")).empty());
}

BOOST_AUTO_TEST_CASE(by_certificate) {
    const auto r = shared();
    const auto plain = session("203.0.113.1", "", true);
    struct {
        const char* what;
        std::string fingerprint, subject;
        Indexes want;
    } const rows[] = {
        {"none", "", "", {}},
        {"a digest of two domains", kDigest, "", {0, 1}},
        {"a digest of one", kOtherDigest, "", {2}},
        {"a digest in lower case", crmrelay::base::lower(kOtherDigest), "", {2}},
        {"an unknown digest", "AB:CD", "", {}},
        {"a subject, in any case", "", "CRM.example", {0, 2}},
        {"an unknown digest, a known subject", "AB:CD", "crm.example", {0, 2}},
        {"both, each domain once", kDigest, "crm.example", {0, 1, 2}},
        {"an unknown subject", "", "evil.example", {}},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) BOOST_TEST(r.with_certificate(with_certificate(plain, row.fingerprint, row.subject)) == row.want);
}

BOOST_AUTO_TEST_CASE(by_spf_record) {
    const auto r = shared();
    BOOST_TEST(r.spf_names() == (Names{"_spf.crm.test", "one.test", "three.test", "two.test"}));
    BOOST_TEST(indexes(r.with_spf("_spf.crm.test")) == (Indexes{0, 1}));
    BOOST_TEST(indexes(r.with_spf("three.test")) == (Indexes{2}));
    BOOST_TEST(indexes(r.with_spf("evil.test")).empty());
    BOOST_TEST(rules_of({}).spf_names().empty());
}

BOOST_AUTO_TEST_CASE(records_that_matter_for_a_session) {
    const auto r = shared();
    struct {
        const char* what;
        SessionFacts facts;
        Names want;
    } const rows[] = {
        {"no login: any domain's", session("203.0.113.1", "", true), {"_spf.crm.test", "one.test", "three.test", "two.test"}},
        {"no login, with a certificate: any domain's", with_certificate(session("203.0.113.1", "", true), kOtherDigest), {"_spf.crm.test", "one.test", "three.test", "two.test"}},
        {"one domain's login", session("203.0.113.1", "crm@a.test", true), {"_spf.crm.test", "one.test"}},
        {"a login of two domains, each name once", session("203.0.113.1", "both@a.test", true), {"_spf.crm.test", "one.test", "two.test"}},
        {"somebody else's login", session("203.0.113.1", "taro@a.test", true), {}},
        {"somebody else's login with a domain's certificate", with_certificate(session("203.0.113.1", "taro@a.test", true), kOtherDigest), {"three.test"}},
        {"a login and another domain's certificate", with_certificate(session("203.0.113.1", "crm@a.test", true), kOtherDigest), {"_spf.crm.test", "one.test", "three.test"}},
    };
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.what) BOOST_TEST(r.spf_names_of(row.facts) == row.want);
    BOOST_TEST(r.spf_names_of(std::string_view("crm@a.test")) == (Names{"_spf.crm.test", "one.test"}));
    BOOST_TEST(r.spf_names_of(std::string_view()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
