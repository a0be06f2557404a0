// SPDX-License-Identifier: BSD-2-Clause
//
// The keys that evidence is made of: networks, certificates, tenant, tls_min, dkim_alignment.
#include "conf/evidence_reader.hh"

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::in_a_row;
using tests::load_text;

namespace {

const std::string kDigest = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89";
const std::string kDigits = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

Domain read(const std::string& lines) { return load_text(domain(lines)).domains.at(0); }

std::string certificates_of(const Domain& domain) {
    return in_a_row(domain.certificates, [](const Certificate& each) { return (each.by == Certificate::By::fingerprint ? "digest " : "subject ") + each.value; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(networks_are_prefixes_and_spf_names) {
    const struct {
        const char* value;
        const char* want_prefixes;
        const char* want_spf;
    } cases[] = {
        {"[\"192.0.2.1\", \"2001:db8::/32\"]", "192.0.2.1/32 2001:db8::/32", ""},
        {"[\"spf:zcsend.net\"]", "", "zcsend.net"},
        {"[\"SPF:_Spf.Salesforce.com\", \"10.0.0.0/8\", \"spf:a_b.example\"]", "10.0.0.0/8", "_spf.salesforce.com a_b.example"},
        {"[\"spf:zcsend.net\", \"spf:ZCSEND.net\"]", "", "zcsend.net"},
        {"[\"192.0.2.7/32\", \"spf:b.example\", \"spf:a.example\"]", "192.0.2.7/32", "b.example a.example"},   // in the order written
    };
    const std::string rest = "logins=[\"crm\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";
    for (const auto& c : cases) {
        const auto config = load_text(std::string("[domain.\"e.com\"]\nnetworks = ") + c.value + "\n" + rest);
        BOOST_TEST_CONTEXT(c.value) {
            BOOST_TEST(in_a_row(config.domains[0].networks, [](const auto& each) { return each.text(); }) == c.want_prefixes);
            BOOST_TEST(in_a_row(config.domains[0].spf_networks, [](const auto& each) { return each; }) == c.want_spf);
        }
    }
}

BOOST_AUTO_TEST_CASE(certificates_are_digests_and_subjects) {
    const struct {
        std::string value;
        std::string want;
    } cases[] = {
        {"[]", ""},
        {"[\"sha256:" + kDigest + "\"]", "digest " + kDigest},
        {"[\"SHA256:" + kDigits + "\"]", "digest " + kDigest},
        {"[\"subject:crm.example.net\", \"Subject:  Example CRM, Ltd \", \"sha256:" + kDigits + "\"]", "subject crm.example.net subject Example CRM, Ltd digest " + kDigest},
    };
    for (const auto& c : cases) BOOST_TEST(certificates_of(read("certificates = " + c.value)) == c.want);
}

BOOST_AUTO_TEST_CASE(bad_certificates) {
    const auto list = [](const std::string& entry) { return domain("certificates = [\"" + entry + "\"]"); };
    check({
        {domain("certificates = \"subject:a\""), {{2, 16, "certificates is a string; write a list"}}},
        {domain("certificates = [\n1,\n\"\"]"), {{3, 1, "an entry of certificates is a whole number"}, {4, 1, "certificates: \"\": write \"sha256:AB:CD:"}}},
        {list(kDigest), {{2, 17, "write \"sha256:AB:CD:"}}},
        {list("sha1:" + kDigits), {{2, 17, "write \"sha256:AB:CD:"}}},
        {list("md5:00"), {{2, 17, "or \"subject:NAME\""}}},
        {list("sha256:"), {{2, 17, "\"\" is no SHA-256 digest; write"}}},
        {list("sha256:" + kDigits + "00"), {{2, 17, "no SHA-256 digest"}}},
        {list("sha256:" + kDigits.substr(1)), {{2, 17, "no SHA-256 digest"}}},
        {list("sha256:" + kDigest + ":"), {{2, 17, "no SHA-256 digest"}}},
        {list("sha256:A:BCD" + kDigest.substr(5)), {{2, 17, "no SHA-256 digest"}}},   // as many colons, in other places
        {list("sha256:g" + kDigits.substr(1)), {{2, 17, "no SHA-256 digest"}}},
        {list("subject:"), {{2, 17, "or \"subject:NAME\""}}},
        {list("subject:   "), {{2, 17, "or \"subject:NAME\""}}},
        {list("subject:" + std::string(254, 'x')), {{2, 17, "or \"subject:NAME\""}}},
        {list("subject:a\\u000ab"), {{2, 17, "control character"}}},
    });
}

BOOST_AUTO_TEST_CASE(a_tenant_is_a_header_and_its_value) {
    const auto tenant = read("tenant = { header = \"X-SFDC-LK\", value = \" 00D000000000001 \" }").tenant;
    BOOST_REQUIRE(tenant.has_value());
    BOOST_TEST(tenant->header == "X-SFDC-LK");
    BOOST_TEST(tenant->value == "00D000000000001");
    BOOST_TEST(!read("").tenant.has_value());
    const auto as_a_table = load_text(domain("") + "[domain.\"e.com\".tenant]\nheader = \"X-A\"\nvalue = \"v\"\n").domains.at(0).tenant;
    BOOST_TEST((as_a_table && as_a_table->header == "X-A"));
}

BOOST_AUTO_TEST_CASE(bad_tenants) {
    check({
        {domain("tenant = \"X-SFDC-LK\""), {{2, 10, "tenant is a string; write { header = \"X-SFDC-LK\", value = "}}},
        {domain("tenant = {}"), {{2, 10, "tenant: value is missing"}}},
        {domain("tenant = { header = \"X-A\" }"), {{2, 10, "tenant: value is missing"}}},
        {domain("tenant = { header = \"X-A:\", value = \"v\" }"), {{2, 21, "header: \"X-A:\" is no header name; write one such as X-SFDC-EntityId, without a colon"}}},
        {domain("tenant = { header = \"\", value = \"v\" }"), {{2, 21, "no header name"}}},
        {domain("tenant = { header = 1, value = 2 }"), {{2, 21, "header is a whole number"}, {2, 32, "value is a whole number"}}},
        {domain("tenant = { header = \"X-A\", value = \" \" }"), {{2, 36, "value has 1 to 998 octets"}}},
        {domain("tenant = { header = \"X-A\", value = \"" + std::string(999, 'v') + "\" }"), {{2, 36, "value has 1 to 998 octets"}}},
        {domain("tenant = { header = \"X-A\", value = \"v\", vlaue = \"v\" }"), {{2, 41, "unknown key \"vlaue\" in tenant; did you mean \"value\"?"}}},
        {domain("tenant = { value = \"v\" }"), {{2, 10, "e.com: tenant names no header, and no crm preset gives one; write { header = "}}},
    });
}

BOOST_AUTO_TEST_CASE(the_least_version_of_tls) {
    const struct {
        const char* line;
        TlsVersion want;
    } cases[] = {
        {"", TlsVersion::tls1_2},
        {"tls_min = \"TLSv1\"", TlsVersion::tls1_0},
        {"tls_min = \"TLSv1.1\"", TlsVersion::tls1_1},
        {"tls_min = \"TLSv1.2\"", TlsVersion::tls1_2},
        {"tls_min = \"tlsv1.3\"", TlsVersion::tls1_3},
    };
    for (const auto& c : cases) BOOST_TEST((read(c.line).tls_least == c.want), c.line);
    check({
        {domain("tls_min = \"1.2\""), {{2, 11, "tls_min is \"1.2\"; write \"TLSv1\", \"TLSv1.1\", \"TLSv1.2\" or \"TLSv1.3\""}}},
        {domain("tls_min = \"SSLv3\""), {{2, 11, "tls_min is \"SSLv3\""}}},
        {domain("tls_min = 1.2"), {{2, 11, "tls_min is a number with a fraction"}}},
    });
}

BOOST_AUTO_TEST_CASE(the_alignment_of_signatures) {
    BOOST_TEST((read("").dkim_alignment == Alignment::relaxed));
    BOOST_TEST((read("dkim_alignment = \"relaxed\"").dkim_alignment == Alignment::relaxed));
    BOOST_TEST((read("dkim_alignment = \"strict\"").dkim_alignment == Alignment::strict));
    check({
        {domain("dkim_alignment = \"loose\""), {{2, 18, "dkim_alignment is \"loose\"; write \"relaxed\" (same organisation) or \"strict\" (same domain)"}}},
        {domain("dkim_alignment = []"), {{2, 18, "dkim_alignment is a list"}}},
    });
}
