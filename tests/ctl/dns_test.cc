// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl dns on an installation with a signing domain.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/ctl/dkim_keys.hh"
#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

// An installation whose last domain, example.net, signs with two keys.
struct Signing {
    test::Installation here;

    Signing() {
        test::write_file(here.dir() / "rsa.pem", test::rsa_pem(2048), 0600);
        test::write_file(here.dir() / "ed.pem", test::ed25519_pem(), 0600);
        test::write_file(here.config(), test::read_text(here.config()) + "\n[domain.\"example.net\"]\nrequire = [\"login\"]\nlogins = [\"crm@example.net\"]\n" +
                                            "return_path = \"{token}@bounce.example.net\"\nadmins = [\"postmaster@example.net\"]\n" +
                                            "dkim = { keys = [{ selector = \"r\", key = \"" + (here.dir() / "rsa.pem") + "\" }, { selector = \"e\", key = \"" +
                                            (here.dir() / "ed.pem") + "\" }] }\n");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_command)

BOOST_AUTO_TEST_CASE(a_zone_file) {
    const Signing signing;
    const auto printed = signing.here.run(dns, {"Example.net", "--mx", "Mail.example.org"});
    BOOST_TEST(printed.status == kFine, printed.error);
    for (const char* const want : {"bounce.example.net. IN MX 10 mail.example.org.\n", "bounce.example.net. IN TXT \"v=spf1 mx", "r._domainkey.example.net. IN TXT ( \"v=DKIM1; k=rsa; p=MII",
                                   "e._domainkey.example.net. IN TXT \"v=DKIM1; k=ed25519; p=", "_dmarc.example.net. IN TXT \"v=DMARC1; p=none; rua=mailto:postmaster@example.net\""})
        BOOST_TEST(has(printed.out, want), want << " is not in:\n" << printed.out);
}

BOOST_AUTO_TEST_CASE(for_programs) {
    const Signing signing;
    const auto json = Json::parse(signing.here.run(dns, {"example.net", "--mx", "mail.example.org", "--json"}).out);
    BOOST_TEST(json["domain"] == "example.net");
    BOOST_REQUIRE(json["records"].size() == 5U);
    BOOST_TEST(json["records"][0]["type"] == "MX");
    BOOST_TEST(json["records"][2]["strings"].size() == 2U);
    BOOST_TEST(json["records"][2]["name"] == "r._domainkey.example.net");
    BOOST_TEST(json["records"][4]["merge"] == true);
}

BOOST_AUTO_TEST_CASE(postfix_says_its_name) {
    if (!test::have_postfix()) return;
    const Signing signing;
    const test::PostfixFolder folder;
    const Arguments arguments{"example.net", "--postfix-config", folder.path()};
    folder.add_to_main("myhostname = relay.example.org\nsmtp_bind_address = 192.0.2.7\nrelayhost = [out.example.org]\n");
    const auto printed = signing.here.run(dns, arguments);
    BOOST_TEST(printed.status == kFine, printed.error);
    BOOST_TEST(has(printed.out, "IN MX 10 relay.example.org.\n"), printed.out);
    BOOST_TEST(has(printed.out, "\"v=spf1 mx ip4:192.0.2.7 -all\""), printed.out);
    BOOST_TEST(has(printed.out, "relayhost is set"), printed.out);
    folder.add_to_main("myhostname = relay\n");
    const auto nameless = signing.here.run(dns, arguments);
    BOOST_TEST(nameless.status == kWrong);
    BOOST_TEST(has(nameless.error, "myhostname \"relay\" is no name"), nameless.error);
    BOOST_TEST(!has(nameless.out, "IN MX"), nameless.out);
    BOOST_TEST(has(nameless.out, "r._domainkey"), nameless.out);
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_read_leaves_the_rest) {
    const Signing signing;
    test::write_file(signing.here.dir() / "rsa.pem", "nothing", 0600);
    const auto printed = signing.here.run(dns, {"example.net", "--mx", "mail.example.org"});
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(has(printed.error, "rsa.pem: no private key is in it"), printed.error);
    BOOST_TEST(!has(printed.out, "r._domainkey"), printed.out);
    BOOST_TEST(has(printed.out, "e._domainkey"), printed.out);
}

BOOST_AUTO_TEST_CASE(wrong_words) {
    const Signing signing;
    BOOST_TEST(signing.here.run(dns, {}).status == kUsage);
    BOOST_TEST(signing.here.run(dns, {"nowhere.test"}).status == kWrong);
    BOOST_TEST(signing.here.run(dns, {"example.net", "--mx", "a b"}).status == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
