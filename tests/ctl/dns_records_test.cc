// SPDX-License-Identifier: BSD-2-Clause
//
// The records of a domain, as values and as lines of a zone file.
#include "ctl/dns_records.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

namespace {

conf::Domain domain_with(const std::string& prefix, const std::string& bounce_domain) {
    conf::Domain out;
    out.name = "example.com";
    out.admins = {"postmaster@example.com"};
    if (!bounce_domain.empty()) out.return_path = conf::ReturnPath{prefix, bounce_domain};
    return out;
}

std::string zone(const std::vector<DnsRecord>& records) {
    std::string out;
    for (const auto& record : records) out += zone_lines(record);
    return out;
}

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

const MailHost kHost{"mail.example.net", {}, false};

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_record_lines)

BOOST_AUTO_TEST_CASE(a_bounce_domain_of_its_own) {
    BOOST_TEST(zone(dns_records(domain_with("", "bounce.example.com"), kHost, {})) ==
               "; where reports of failed delivery come to\n"
               "bounce.example.com. IN MX 10 mail.example.net.\n"
               "; takes for granted that mail leaves from the addresses of mail.example.net\n"
               "bounce.example.com. IN TXT \"v=spf1 mx -all\"\n"
               "; where none is published yet: reports first (p=none), then p=quarantine or p=reject\n"
               ";_dmarc.example.com. IN TXT \"v=DMARC1; p=none; rua=mailto:postmaster@example.com\"\n");
}

BOOST_AUTO_TEST_CASE(variants) {
    auto elsewhere = domain_with("", "bounce.example.net");
    elsewhere.admins = {"a@example.net", "b@notexample.com", "c@mail.example.com"};
    auto also = domain_with("bounce+", "example.co.jp");
    also.also = {"example.co.jp", ".mail.example.com"};
    const struct {
        conf::Domain domain;
        MailHost host;
        std::vector<std::string> want, want_not;
    } cases[] = {
        {domain_with("bounce+", "example.com"), kHost,
         {";example.com. IN MX 10 mail.example.net.\n", ";example.com. IN TXT \"v=spf1 mx -all\"\n", "mail to bounce+{token}@example.com must reach this server", "may have only one"}, {"\nexample.com."}},
        {also, kHost, {";example.co.jp. IN MX", "does not align with example.com"}, {}},
        {elsewhere, kHost, {"SPF of bounce.example.net does not align with example.com", "rua=mailto:c@mail.example.com\""}, {}},
        {domain_with("", "bounce.example.com"), {"m.example.net", {"192.0.2.1", "2001:db8::1"}, false}, {"\"v=spf1 mx ip4:192.0.2.1 ip6:2001:db8::1 -all\""}, {"relayhost"}},
        {domain_with("", "bounce.example.com"), {"m.example.net", {}, true}, {"relayhost is set"}, {}},
        {domain_with("", "bounce.example.com"), {}, {"_dmarc.example.com"}, {"MX", "spf1"}},
        {domain_with("", ""), kHost, {"_dmarc.example.com"}, {"MX", "spf1"}},
    };
    for (const auto& c : cases) {
        const auto text = "\n" + zone(dns_records(c.domain, c.host, {}));
        BOOST_TEST_CONTEXT(text) {
            for (const auto& want : c.want) BOOST_TEST(has(text, want), want);
            for (const auto& want : c.want_not) BOOST_TEST(!has(text, want), want);
        }
    }
}

BOOST_AUTO_TEST_CASE(keys) {
    auto domain = domain_with("", "");
    domain.also = {"example.co.jp", ".mail.example.com"};
    const std::vector<DnsKey> two = {{"r", {"rsa", 2048, std::string(300, 'A')}}, {"e", {"ed25519", 256, "BBBB"}}};
    const auto text = zone(dns_records(domain, kHost, two));
    BOOST_TEST_CONTEXT(text) {
        const auto first = "v=DKIM1; k=rsa; p=" + std::string(255 - 18, 'A');
        BOOST_TEST(has(text, "r._domainkey.example.com. IN TXT ( \"" + first + "\" \"" + std::string(300 - 255 + 18, 'A') + "\" )\n"));
        BOOST_TEST(has(text, "e._domainkey.example.com. IN TXT \"v=DKIM1; k=ed25519; p=BBBB\"\n"));
        BOOST_TEST(has(text, "; DKIM key, RSA, 2048 bits\n"));
        BOOST_TEST(has(text, "does not align with From addresses of example.co.jp"));
        BOOST_TEST(!has(text, ".mail.example.com"));
    }
    domain.dkim = conf::DkimSigning{conf::DkimSigning::Sign::always, {}, "sign.example.com"};
    BOOST_TEST(has(zone(dns_records(domain, kHost, two)), "\nr._domainkey.sign.example.com. IN TXT"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
