// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl check compares each signing key with its record in the DNS.
#include <pwd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "ctl/check_parts.hh"
#include "tests/ctl/dkim_keys.hh"
#include "ctl/dkim_record.hh"
#include "tests/base/dns_server.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

using base::tests::DnsServer;
using Sign = conf::DkimSigning::Sign;

conf::Config config_with(const DnsServer& server, std::vector<conf::DkimSigning::Key> keys, Sign sign = Sign::missing) {
    conf::Config out;
    const passwd* const self = ::getpwuid(::geteuid());
    out.service.user.milter = self ? self->pw_name : "root";
    out.service.resolvers = {server.endpoint()};
    conf::Domain domain;
    domain.name = "example.com";
    domain.dkim = conf::DkimSigning{sign, std::move(keys), ""};
    out.domains.push_back(std::move(domain));
    return out;
}

const Mending kMending("/etc/crmrelay.toml", "");
const Words kWords("en");

std::string lines_of(const Findings& findings) {
    std::string out;
    for (const auto& finding : findings) out += text_of(finding) + "\n";
    return out;
}

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(check_dkim_records)

BOOST_AUTO_TEST_CASE(each_outcome) {
    const test::TempDir dir;
    const auto rsa = test::rsa_pem(2048), weak = test::rsa_pem(1024), ed = test::ed25519_pem();
    test::write_file(dir / "rsa", rsa, 0600);
    test::write_file(dir / "weak", weak, 0600);
    test::write_file(dir / "ed", ed, 0600);
    test::write_file(dir / "open", ed, 0644);
    const auto record = [](const std::string& pem) { return dkim_public_key(pem, "k")->record(); };
    const DnsServer server({{"a._domainkey.example.com", {{record(rsa)}, DnsServer::Fault::none, ""}},
                            {"b._domainkey.example.com", {{record(ed)}, DnsServer::Fault::none, ""}},
                            {"w._domainkey.example.com", {{record(weak)}, DnsServer::Fault::none, ""}},
                            {"t._domainkey.example.com", {{"t=y; " + record(ed)}, DnsServer::Fault::none, ""}},
                            {"s._domainkey.example.com", {{}, DnsServer::Fault::silent, ""}},
                            {"f._domainkey.example.com", {{}, DnsServer::Fault::servfail, ""}}});
    const struct {
        std::vector<conf::DkimSigning::Key> keys;
        std::vector<std::string> want;   // each finding begins so
        const char* want_mend;
    } cases[] = {
        {{{"a", dir / "rsa"}, {"b", dir / "ed"}}, {"ok    DKIM a._domainkey.example.com: the DNS has the key of", "ok    DKIM b._domainkey.example.com"}, ""},
        {{{"b", dir / "rsa"}}, {"FAIL  DKIM b._domainkey.example.com: the record has a key of type ed25519"}, "dns example.com` prints"},
        {{{"none", dir / "rsa"}}, {"FAIL  DKIM none._domainkey.example.com: the DNS has no such record"}, "dns example.com` prints"},
        {{{"t", dir / "ed"}}, {"warn  DKIM t._domainkey.example.com: t=y"}, ""},
        {{{"w", dir / "weak"}}, {"warn  DKIM key " + (dir / "weak") + ": RSA with 1024 bits is weak", "ok    DKIM w."}, "make one of 2048"},
        {{{"f", dir / "ed"}, {"b", dir / "ed"}}, {"warn  DKIM f._domainkey.example.com: cannot be looked up", "ok    DKIM b."}, ""},
        {{{"s", dir / "ed"}, {"b", dir / "ed"}}, {"warn  DKIM s._domainkey.example.com: cannot be looked up"}, "further keys are not looked up"},
        {{{"b", dir / "open"}}, {"FAIL  DKIM key, as user "}, ""},
        {{{"b", dir / "absent"}}, {"FAIL  DKIM key, as user "}, ""},
    };
    for (const auto& c : cases) {
        const auto findings = check_dkim(config_with(server, c.keys), kMending, kWords);
        BOOST_TEST_CONTEXT(lines_of(findings)) {
            BOOST_REQUIRE(findings.size() == c.want.size());
            for (std::size_t i = 0; i < findings.size(); ++i) BOOST_TEST(text_of(findings[i]).starts_with(c.want[i]));
            BOOST_TEST(has(lines_of(findings), c.want_mend));
        }
    }
}

BOOST_AUTO_TEST_CASE(signatures_of_another_domain_and_none) {
    const test::TempDir dir;
    const auto ed = test::ed25519_pem();
    test::write_file(dir / "ed", ed, 0600);
    const DnsServer server({{"b._domainkey.mail.example.com", {{dkim_public_key(ed, "k")->record()}, DnsServer::Fault::none, ""}}});
    auto config = config_with(server, {{"b", dir / "ed"}});
    config.domains[0].dkim->domain = "mail.example.com";
    BOOST_TEST(lines_of(check_dkim(config, kMending, kWords)).starts_with("ok    DKIM b._domainkey.mail.example.com"));
    BOOST_TEST(server.questions() == 1);
    config.domains[0].dkim->sign = Sign::never;
    BOOST_TEST(check_dkim(config, kMending, kWords).empty());
    config.domains[0].dkim.reset();
    BOOST_TEST(check_dkim(config, kMending, kWords).empty());
    BOOST_TEST(server.questions() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
