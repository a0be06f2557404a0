// SPDX-License-Identifier: BSD-2-Clause
//
// Configurations that are right, with the values that are wanted; the shipped sample; and how long a large one takes.
#include "conf/loader.hh"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "conf/service_reader.hh"
#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::in_a_row;
using tests::load_text;

namespace {

// Every value as one text, so that tables compare whole configurations.
std::string print(const Service& s) {
    return fmt::format("{} {} {}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", s.user.policyd, s.user.milter, s.user.bounced, s.milter.text(), s.policy.text(), s.bounce.text(),
                       s.admission.text(), s.store, s.keys, s.submit, s.syslog_path, s.retain_days, s.bounce_size_limit, s.forward_limit, s.former_2bounce_recipient) +
           fmt::format("|{}|{}|{}|{}|{}", s.auth.text(), s.logins, s.auth_plaintext ? "plaintext" : "tls", in_a_row(s.resolvers, [](const auto& each) { return each.text(); }), s.presets);
}

std::string print(const Domain& d) {
    std::string out = d.name + "|also";
    for (const auto& also : d.also) out += " " + also;
    out += d.mode == Mode::enforce ? "|enforce|" : "|observe|";
    for (const auto& set : d.require) {
        out += "(";
        for (const auto kind : set) out += fmt::format(" {}", name_of(kind));
        out += " )";
    }
    out += "|";
    for (const auto& network : d.networks) out += network.text() + " ";
    out += fmt::format("|{}|{}{}|", fmt::join(d.logins, " "), d.bounces.to == Bounces::To::crm ? "crm" : d.bounces.to == Bounces::To::keep ? "keep" : "to ", d.bounces.address);
    out += d.return_path ? d.return_path->address("T") : "none";
    return out + fmt::format("|{}|{}", fmt::join(d.headers, " "), fmt::join(d.admins, " "));
}

std::string print(const Config& config) {
    std::string out;
    for (const auto& domain : config.domains) out += print(domain) + "\n";
    return out;
}

// The shipped sample, with the presets of the source tree: those of an installation are not there yet.
std::string read_sample() {
    std::ifstream file(CRMRELAY_SRCDIR "/conf/crmrelay.toml.sample");
    std::stringstream text;
    text << file.rdbuf();
    std::string out = text.str();
    constexpr std::string_view kPresets = "#presets = \"/usr/share/crmrelay/crm\"\n";
    const auto at = out.find(kPresets);
    BOOST_REQUIRE(at != std::string::npos);
    return out.replace(at, kPresets.size(), "presets = \"" CRMRELAY_SRCDIR "/conf/crm\"\n");
}

Service sample_service() {
    Service out = default_service();
    out.presets = CRMRELAY_SRCDIR "/conf/crm";
    return out;
}

// The sample with its "#key = value" lines made live.
std::string uncomment(const std::string& sample) {
    std::istringstream lines(sample);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (line.size() > 1 && line[0] == '#' && line[1] != ' ') line.erase(0, 1);
        out += line + "\n";
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(service_values) {
    const std::string d = "unix:/var/spool/postfix/crmrelay/";
    const std::string want_default = "crmrelay-policyd crmrelay-milter crmrelay-bounced|" + d + "milter.sock|" + d + "policy.sock|" + d +
                                     "bounce.sock|unix:/run/crmrelay/admission.sock|sqlite:///var/lib/crmrelay/crmrelay.db|/etc/crmrelay/return-path.keys|smtp://127.0.0.1:25"
                                     "|/dev/log|30|1048576|10|"
                                     "|" + d + "auth.sock|/etc/crmrelay/logins|tls||" CRMRELAY_DATADIR "/crm";
    BOOST_TEST(print(load_text("").service) == want_default);
    BOOST_TEST(print(load_text("[service]\n").service) == want_default);
    BOOST_TEST(print(load_text("[service]\nuser=\"me\"\n").service).starts_with("me me me|"));
    BOOST_TEST(print(load_text("[service]\nuser={milter=\"m\"}\n").service).starts_with("crmrelay-policyd m crmrelay-bounced|"));
    BOOST_TEST(print(load_text(R"([service]
user = { policyd = "p", milter = "m", bounced = "b" }
milter = "inet:8891@127.0.0.1"
policy = "unix:/t/p"
bounce = "inet:24@::1"
admission = "unix:/t/a"
store = "sqlite:///t/s.db"
keys = "/t/k"
submit = "smtp://[::1]:2525"
syslog = "unix:/t/log"
retain_days = 7
bounce_size_limit = 67108864
forward_limit = 1000
former_2bounce_recipient = "root@Example.com"
auth = "inet:12345@127.0.0.1"
logins = "/t/logins"
auth_plaintext = true
resolver = ["127.0.0.1:5353", "::1", "192.0.2.53"]
presets = "/t/crm/"
)").service) == "p m b|inet:8891@127.0.0.1|unix:/t/p|inet:24@::1|unix:/t/a|sqlite:///t/s.db|/t/k|smtp://[::1]:2525|/t/log|7|67108864|1000|root@example.com"
                "|inet:12345@127.0.0.1|/t/logins|plaintext|inet:5353@127.0.0.1 inet:53@::1 inet:53@192.0.2.53|/t/crm");
}

BOOST_AUTO_TEST_CASE(domain_values) {
    const struct {
        const char* text;
        const char* want;
    } cases[] = {
        {"", ""},
        {"[defaults]\nadmins = [\"a@b.c\"]\n", ""},
        {R"([domain."E.com"]
networks = ["192.0.2.0/24"]
logins = ["CRM@e.com"]
admins = ["a@b.c"]
return_path = "{token}@r.e"
)", "e.com|also|enforce|( login network tls )|192.0.2.0/24 |CRM@e.com|crm|T@r.e|X-SFDC-EntityId X-SFDC-LK|a@b.c\n"},
        {R"([domain."e.com"]
also = ["F.com", ".G.com"]
mode = "observe"
require = [["tls", "network"], ["login"], ["login", "login"], ["dkim", "tenant", "certificate", "tls", "network", "login"]]
certificates = ["subject:crm"]
tenant = { header = "X-A", value = "1" }
networks = ["192.0.2.1", "2001:db8::/32", "0.0.0.0/0"]
logins = ["a", "b"]
bounces = "address:x@h.com"
return_path = "Bounce+{token}@e.com"
headers = []
admins = ["a@b.c", "d@e.f"]
)", "e.com|also f.com .g.com|observe|( network tls )( login )( login network tls certificate tenant dkim )|192.0.2.1/32 2001:db8::/32 0.0.0.0/0 |a b|to x@h.com|bounce+T@e.com||a@b.c d@e.f\n"},
        {R"([domain."e.com"]
require = ["login"]
logins = ["a"]
bounces = "keep"
admins = ["a@b.c"]
)", "e.com|also|enforce|( login )||a|keep|none|X-SFDC-EntityId X-SFDC-LK|a@b.c\n"},
        {R"([domain]
"b.com" = { logins = ["b"] }
"a.com" = { networks = ["::1"], require = ["network"], admins = ["x@y.z"], mode = "enforce", bounces = "crm", headers = ["X-A"], return_path = "r+{token}@a.com" }
[defaults]
mode = "observe"
require = ["login"]
networks = ["10.0.0.0/8"]
logins = ["shared"]
bounces = "keep"
return_path = "{token}@r.e"
headers = ["X-B"]
admins = ["a@b.c"]
)", "a.com|also|enforce|( network )|::1/128 |shared|crm|r+T@a.com|X-A|x@y.z\n"
    "b.com|also|observe|( login )|10.0.0.0/8 |b|keep|T@r.e|X-B|a@b.c\n"},
    };
    for (const auto& c : cases) BOOST_TEST(print(load_text(c.text)) == c.want);
}

BOOST_AUTO_TEST_CASE(lookups_are_built) {
    const auto config = load_text("[domain.\"e.com\"]\nalso=[\".f.com\"]\nlogins=[\"A\"]\nrequire=[\"login\"]\nbounces=\"keep\"\nadmins=[\"a@b.c\"]\n");
    BOOST_TEST(config.domain_of("E.com") == &config.domains[0]);
    BOOST_TEST(config.domain_of("x.f.com") == &config.domains[0]);
    BOOST_TEST(config.with_login("a").size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_sample_loads_as_it_is) {
    const auto config = load_text(read_sample());
    BOOST_REQUIRE(config.domains.size() == 1u);
    BOOST_TEST(config.domains[0].name == "example.com");
    BOOST_TEST(print(config.service) == print(sample_service()));
}

BOOST_AUTO_TEST_CASE(the_sample_shows_every_key_with_its_default) {
    const auto sample = read_sample();
    const auto as_it_is = load_text(sample);
    const auto text = uncomment(sample);
    auto live = load_text(text);
    BOOST_TEST(print(live.service) == print([] {
        auto want = sample_service();
        want.resolvers = {{false, {}, "127.0.0.1", 53}};   // an example: without the key there is none
        return want;
    }()));
    auto& shown = live.domains[0];
    BOOST_TEST(shown.also.size() == 2u);
    BOOST_TEST(shown.crm == "zoho");
    BOOST_TEST(shown.certificates.size() == 1u);
    BOOST_TEST((shown.tenant && shown.tenant->header == "X-SFDC-LK"));
    BOOST_TEST((shown.dkim && shown.dkim->sign == DkimSigning::Sign::missing && shown.dkim->domain == "example.com" && shown.dkim->keys.size() == 1));
    BOOST_TEST(shown.archive == "archive@example.com");
    // Examples of keys that have no default.
    shown.also.clear();
    BOOST_TEST(print(live) == print(as_it_is));
    const auto& plain = as_it_is.domains[0];
    BOOST_TEST((shown.tls_least == plain.tls_least && shown.dkim_alignment == plain.dkim_alignment));
    BOOST_TEST((shown.limits.per_hour == plain.limits.per_hour && shown.limits.per_day == plain.limits.per_day && shown.limits.recipients == plain.limits.recipients));
    BOOST_TEST(shown.remove_headers == plain.remove_headers, boost::test_tools::per_element());
    BOOST_TEST((plain.crm.empty() && plain.certificates.empty() && !plain.tenant && !plain.dkim && plain.archive.empty()));
    const auto defaults = text.find("\n[defaults]\n");
    BOOST_REQUIRE(defaults != std::string::npos);
    const auto in_service = text.substr(0, defaults);
    const auto in_domain = text.substr(defaults);
    for (const char* key : {"user", "milter", "policy", "auth", "bounce", "admission", "store", "store_password", "server", "takeover_after", "keys", "logins", "auth_plaintext", "submit", "resolver", "presets", "syslog", "retain_days",
                            "bounce_size_limit", "forward_limit", "former_2bounce_recipient"})
        BOOST_TEST(in_service.find(fmt::format("\n{} = ", key)) != std::string::npos, key);
    for (const char* key : {"also", "crm", "mode", "require", "networks", "logins", "certificates", "tenant", "tls_min", "dkim_alignment", "bounces", "return_path", "archive", "limits", "dkim",
                            "headers", "remove_headers", "admins"})
        BOOST_TEST(in_domain.find(fmt::format("\n{} = ", key)) != std::string::npos, key);
}

BOOST_AUTO_TEST_CASE(a_thousand_domains_with_a_thousand_networks_load_in_seconds) {
    std::string text = "[defaults]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\nrequire=[\"network\"]\n";
    for (unsigned domain = 0; domain < 1000; ++domain) {
        text += fmt::format("[domain.\"d{}.example\"]\nnetworks = [\n", domain);
        for (unsigned i = 0; i < 1000; ++i) text += fmt::format("\"10.{}.{}.{}/30\",\n", domain % 256, i / 64 + domain / 256 * 16, i % 64 * 4);
        text += "]\n";
    }
    const auto start = std::chrono::steady_clock::now();
    const auto config = load_text(text);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    BOOST_TEST_MESSAGE("1,000,000 networks: " << took.count() << " s");
    BOOST_TEST(config.domains.size() == 1000u);
    BOOST_TEST(config.domains[999].networks.size() == 1000u);
    BOOST_TEST(took.count() < 60);   // some seconds; sanitizers and a busy machine take longer
}
