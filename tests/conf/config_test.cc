// SPDX-License-Identifier: BSD-2-Clause
//
// Look-ups in a configuration made in memory.
#include "conf/config.hh"

#include <boost/test/unit_test.hpp>

#include "conf/loader.hh"

using namespace crmrelay::conf;

namespace {

Config sample() {
    Config config;
    Domain a;
    a.name = "example.com";
    a.also = {"example.co.jp", ".mail.example.com"};
    a.logins = {"crm@example.com", "Shared", "shared"};
    Domain b;
    b.name = "b.test";
    b.also = {".example.com", "x.mail.example.com"};
    b.logins = {"SHARED"};
    config.domains = {a, b};
    build_lookups(config);
    return config;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_from_domain_finds_its_entry) {
    const struct {
        const char* domain;
        const char* want_entry;   // null: none
    } cases[] = {
        {"example.com", "example.com"},
        {"EXAMPLE.Com", "example.com"},
        {"example.co.jp", "example.com"},
        {"www.example.co.jp", nullptr},
        {"mail.example.com", "b.test"},          // ".mail.example.com" covers what is below it, not itself
        {"a.mail.example.com", "example.com"},   // the nearest entry above wins
        {"b.a.Mail.example.com", "example.com"},
        {"x.mail.example.com", "b.test"},        // an exact name wins
        {"notexample.com", nullptr},
        {".example.com", nullptr},
        {"com", nullptr},
        {"", nullptr},
        {"b.test", "b.test"},
        {"b.test.", nullptr},
    };
    const Config config = sample();
    for (const auto& c : cases) {
        const Domain* found = config.domain_of(c.domain);
        BOOST_TEST_CONTEXT(c.domain) {
            BOOST_TEST((found != nullptr) == (c.want_entry != nullptr));
            if (found && c.want_entry) BOOST_TEST(found->name == c.want_entry);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_login_finds_its_entries) {
    const struct {
        const char* login;
        std::vector<std::size_t> want_entries;
    } cases[] = {
        {"crm@example.com", {0}}, {"CRM@Example.com", {0}}, {"shared", {0, 1}}, {"crm", {}}, {"", {}},
    };
    const Config config = sample();
    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.login) BOOST_TEST(config.with_login(c.login) == c.want_entries, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lookups_are_built_anew) {
    Config config = sample();
    config.domains.pop_back();
    build_lookups(config);
    BOOST_TEST(config.domain_of("b.test") == nullptr);
    BOOST_TEST(config.with_login("shared").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_return_path_prints_its_addresses) {
    const struct {
        ReturnPath path;
        const char* want_address;
        const char* want_bare;
    } cases[] = {
        {{"", "bounce.example.com"}, "tok1@bounce.example.com", ""},
        {{"bounce+", "example.com"}, "bounce+tok1@example.com", "bounce"},
        {{"b-", "example.com"}, "b-tok1@example.com", "b"},
        {{"bounce", "example.com"}, "bouncetok1@example.com", ""},   // no extension to drop
    };
    for (const auto& c : cases) {
        BOOST_TEST(c.path.address("tok1") == c.want_address);
        BOOST_TEST(c.path.bare_local() == c.want_bare);
    }
}

BOOST_AUTO_TEST_CASE(evidence_has_the_names_of_the_key) {
    BOOST_TEST(name_of(Evidence::network) == "network");
    BOOST_TEST(name_of(Evidence::login) == "login");
    BOOST_TEST(name_of(Evidence::tls) == "tls");
    BOOST_TEST(name_of(Evidence::certificate) == "certificate");
    BOOST_TEST(name_of(Evidence::tenant) == "tenant");
    BOOST_TEST(name_of(Evidence::dkim) == "dkim");
    BOOST_TEST(std::size(kAllEvidence) == 6u);
}

BOOST_AUTO_TEST_CASE(tls_versions_are_named_as_postfix_names_them) {
    const struct {
        const char* name;
        std::optional<TlsVersion> want;
    } cases[] = {
        {"TLSv1", TlsVersion::tls1_0},   {"TLSv1.1", TlsVersion::tls1_1}, {"TLSv1.2", TlsVersion::tls1_2}, {"TLSv1.3", TlsVersion::tls1_3},
        {"tlsV1.3", TlsVersion::tls1_3}, {"TLSv1.0", std::nullopt},       {"SSLv3", std::nullopt},         {"", std::nullopt},
    };
    for (const auto& c : cases) BOOST_TEST((tls_version(c.name) == c.want), c.name);
    for (const auto version : {TlsVersion::tls1_0, TlsVersion::tls1_1, TlsVersion::tls1_2, TlsVersion::tls1_3}) BOOST_TEST((tls_version(name_of(version)) == version));
    BOOST_TEST((TlsVersion::tls1_0 < TlsVersion::tls1_1 && TlsVersion::tls1_1 < TlsVersion::tls1_2 && TlsVersion::tls1_2 < TlsVersion::tls1_3));
}

BOOST_AUTO_TEST_CASE(limits_of_an_hour_and_a_day_are_counted) {
    BOOST_TEST(!Limits{}.any());
    BOOST_TEST(!(Limits{0, 0, 5}.any()));   // recipients belong to one message
    BOOST_TEST((Limits{1, 0, 0}.any()));
    BOOST_TEST((Limits{0, 1, 0}.any()));
}
