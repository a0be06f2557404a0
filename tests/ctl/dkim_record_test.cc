// SPDX-License-Identifier: BSD-2-Clause
//
// DKIM records: made from keys, cut into strings, and compared with what stands in the DNS.
#include "ctl/dkim_record.hh"

#include <boost/test/unit_test.hpp>

#include "tests/ctl/dkim_keys.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

// RFC 8463 appendix A.2: the private key, whose record is that of brisbane._domainkey.football.example.com.
constexpr const char* kRfcKey = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
constexpr const char* kRfcRecord = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(dkim_record)

BOOST_AUTO_TEST_CASE(the_key_of_rfc_8463) {
    const auto key = dkim_public_key(kRfcKey, "k");
    BOOST_REQUIRE_MESSAGE(key.ok(), (key.ok() ? std::string() : key.error()));
    BOOST_TEST(key->record() == kRfcRecord);
}

BOOST_AUTO_TEST_CASE(an_rsa_key) {
    const auto key = dkim_public_key(test::rsa_pem(2048), "k");
    BOOST_REQUIRE_MESSAGE(key.ok(), (key.ok() ? std::string() : key.error()));
    BOOST_TEST(key->type == "rsa");
    BOOST_TEST(key->bits == 2048);
    BOOST_TEST(key->base64.starts_with("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));   // a SubjectPublicKeyInfo of rsaEncryption
    BOOST_TEST(key->base64.size() == 392U);
    const auto strings = txt_strings(key->record());
    BOOST_REQUIRE(strings.size() == 2U);
    BOOST_TEST(strings[0].size() == 255U);
    BOOST_TEST(strings[0] + strings[1] == key->record());
}

BOOST_AUTO_TEST_CASE(what_is_no_key) {
    const struct {
        std::string pem;
        const char* want;
    } cases[] = {
        {"", "/k: no private key is in it"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"},
        {test::ec_pem(), "neither RSA nor Ed25519"},
        {test::rsa_pem(768), "an RSA key of 768 bits is ignored"},
        {test::pem_of(::EVP_RSA_gen(1024), "secret"), "has a passphrase"},
        {std::string(70000, 'x'), "larger than any key"},
    };
    for (const auto& c : cases) {
        const auto key = dkim_public_key(c.pem, "/k");
        BOOST_REQUIRE_MESSAGE(!key.ok(), c.want);
        BOOST_TEST(has(key.error(), c.want), key.error());
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_may_read_is_refused) {
    const test::TempDir dir;
    test::write_file(dir / "k", kRfcKey, 0600);
    BOOST_TEST(read_dkim_key(dir / "k").ok());
    test::write_file(dir / "k", kRfcKey, 0644);
    BOOST_TEST(!read_dkim_key(dir / "k").ok());
    BOOST_TEST(has(read_dkim_key(dir / "none").error(), dir / "none"));
}

BOOST_AUTO_TEST_CASE(strings_of_a_record) {
    const struct {
        std::size_t size;
        std::vector<std::size_t> want;
    } cases[] = {{0, {0}}, {1, {1}}, {255, {255}}, {256, {255, 1}}, {511, {255, 255, 1}}};
    for (const auto& c : cases) {
        std::vector<std::size_t> sizes;
        for (const auto& string : txt_strings(std::string(c.size, 'x'))) sizes.push_back(string.size());
        BOOST_TEST(sizes == c.want, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(compared_with_the_dns) {
    using Outcome = DkimComparison::Outcome;
    const auto key = *dkim_public_key(kRfcKey, "k");
    const auto rsa = *dkim_public_key(test::rsa_pem(1024), "k");
    const std::string p = "p=" + key.base64;
    const struct {
        std::vector<std::string> texts;
        Outcome want;
        const char* want_words;
    } cases[] = {
        {{}, Outcome::missing, ""},
        {{kRfcRecord}, Outcome::match, ""},
        {{"k=ed25519;" + p + ";"}, Outcome::match, ""},
        {{"v = DKIM1 ; h=sha1:sha256; k = ed25519; s=email; n=x; p= " + key.base64.substr(0, 10) + " \t" + key.base64.substr(10)}, Outcome::match, ""},
        {{"v=DKIM1; k=ed25519; t=s:y; " + p}, Outcome::match, "t=y says that it is a test"},
        {{"v=DKIM1; k=ed25519; t=s; " + p}, Outcome::match, ""},
        {{"v=DKIM2; k=ed25519; " + p}, Outcome::differs, "v=DKIM2"},
        {{"v=DKIM1; " + p}, Outcome::differs, "a key of type rsa, the file one of type ed25519"},
        {{rsa.record()}, Outcome::differs, "a key of type rsa"},
        {{"v=DKIM1; k=ed25519; p="}, Outcome::differs, "revoked"},
        {{"v=DKIM1; k=ed25519"}, Outcome::differs, "no p= tag"},
        {{"v=DKIM1; k=ed25519; p=AAAA"}, Outcome::differs, "another key"},
        {{"v=DKIM1; k=ed25519; h=sha1; " + p}, Outcome::differs, "leaves out sha256"},
        {{"v=DKIM1; k=ed25519; s=other; " + p}, Outcome::differs, "leaves out email"},
        {{"v=DKIM1; k=ed25519; " + p + "; " + p}, Outcome::differs, "no list of tags"},
        {{"hello"}, Outcome::differs, "no list of tags"},
        {{kRfcRecord, "v=DKIM1; p=AAAA"}, Outcome::differs, "2 TXT records stand there"},
        {{"x=1\x1b", "y=1"}, Outcome::differs, "no p= tag"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT((c.texts.empty() ? "nothing" : c.texts[0])) {
            const auto compared = compare_dkim(key, c.texts);
            BOOST_TEST((compared.outcome == c.want));
            BOOST_TEST(has(compared.words, c.want_words), compared.words);
            BOOST_TEST(compared.words.empty() == !*c.want_words);
        }
    BOOST_TEST((compare_dkim(rsa, {"p=" + rsa.base64}).outcome == Outcome::match));   // k=rsa is what is meant where nothing is said
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
