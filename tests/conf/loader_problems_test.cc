// SPDX-License-Identifier: BSD-2-Clause
//
// One table of configurations that are wrong, with the problems that are wanted: all of them, in the order of their places.
#include <boost/test/unit_test.hpp>

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::kRest;
using tests::service;

BOOST_AUTO_TEST_CASE(the_file_as_a_whole) {
    check({
        {"[service]\nuser = \n", {{2, 8, "nothing after this place is read"}}},
        {"[service\n", {{1, 9, "nothing after"}}},
        {"servce = 1\n", {{1, 1, "unknown key \"servce\" in this file; did you mean \"service\"?"}}},
        {"service = 1\ndefaults = []\ndomain = \"x\"\n", {{1, 11, "service is a whole number; write a table: [service]"}, {2, 12, "[defaults]"}, {3, 10, "[domain.\"example.com\"]"}}},
        {"webhooks = 1\n", {{1, 1, "known here: service, defaults, domain"}}},
    });
}

BOOST_AUTO_TEST_CASE(service_keys) {
    check({
        {service("retain_day = 8"), {{2, 1, "did you mean \"retain_days\"?"}}},
        {service(R"(metrics="127.0.0.1:9127")"), {{2, 9, "metrics"}}},
        {service(R"(metrics={policyd="0.0.0.0:9127"})"), {{2, 18, "\"0.0.0.0:9127\" is no loopback address: who can read it learns your domains"}}},
        {service(R"(metrics={policyd="192.0.2.1:9127"})"), {{2, 18, "write \"127.0.0.1:9127\""}}},
        {service(R"(metrics={milter="127.0.0.1"})"), {{2, 17, "\"127.0.0.1\" is no address and port"}}},
        {service(R"(metrics={milter="localhost:9127"})"), {{2, 17, "\"localhost:9127\" is no address and port"}}},
        {service(R"(metrics={policyd="127.0.0.1:9127", bounced="127.0.0.1:9127"})"), {{2, 44, "metrics: policyd and bounced have one address"}}},
        {service(R"(metrics={ctl="127.0.0.1:9127"})"), {{2, 10, "ctl"}}},
        {service("user = 5"), {{2, 8, "user is a whole number; write a user's name"}}},
        {service("user = \"a b\""), {{2, 8, "no name of a system user"}}},
        {service("user = { policyd = 1, miltr = \"m\" }"), {{2, 20, "policyd is a whole number"}, {2, 23, "did you mean \"milter\"?"}}},
        {service("milter = \"unix:run/m.sock\""), {{2, 10, "absolute path"}}},
        {service("policy = \"inet:8891\""), {{2, 10, "inet:PORT@HOST"}}},
        {service("bounce = \"inet:0@127.0.0.1\"\nadmission = \"x\""), {{2, 10, "1 to 65535"}, {3, 13, "unix:/PATH"}}},
        {service("milter = \"unix:/m\"\npolicy = \"unix:/m\""), {{3, 10, "milter and policy are both \"unix:/m\""}}},
        {service("admission = \"unix:/var/spool/postfix/crmrelay/milter.sock\""), {{2, 13, "milter and admission are both"}}},
        {service("store = \"sqlite://x.db\""), {{2, 9, "three slashes"}}},
        {service("store = \"postgresql://u:secret@h/d\""), {{2, 9, "store: a password has no place in the URL"}}},
        {service("store = \"mysql://h/d\""), {{2, 9, "write \"sqlite:///PATH\" or \"postgresql://USER@HOST:PORT/DATABASE\""}}},
        {service("server = \"a b\""), {{2, 10, "server is \"a b\"; write a name"}}},
        {service("takeover_after = 1"), {{2, 18, "takeover_after"}}},
        {service("keys = \"return-path.keys\""), {{2, 8, "keys: \"return-path.keys\" is no absolute path"}}},
        {service("submit = \"127.0.0.1:25\""), {{2, 10, "smtp://HOST:PORT"}}},
        {service("syslog = \"inet:514@127.0.0.1\""), {{2, 10, "datagram socket"}}},
        {service("syslog = \"unix:log\""), {{2, 10, "absolute path"}}},
        {service("retain_days = 6"), {{2, 15, "five days"}}},
        {service("retain_days = 3651"), {{2, 15, "from 7 to 3650"}}},
        {service("retain_days = \"30\""), {{2, 15, "retain_days is a string; write a whole number from 7 to 3650"}}},
        {service("retain_days = 30.0"), {{2, 15, "a number with a fraction"}}},
        {service("bounce_size_limit = 65535"), {{2, 21, "from 65536 to 67108864"}}},
        {service("bounce_size_limit = 67108865"), {{2, 21, "from 65536 to 67108864"}}},
        {service("forward_limit = 0"), {{2, 17, "from 1 to 1000"}}},
        {service("forward_limit = 1001"), {{2, 17, "from 1 to 1000"}}},
        {service("former_2bounce_recipient = \"a b\""), {{2, 28, "no mailbox"}}},
        {service("keys = \"/a\\u0000b\""), {{2, 8, "control character"}}},
        {service("auth = \"auth.sock\""), {{2, 8, "unix:/PATH"}}},
        {service("auth = \"unix:/var/spool/postfix/crmrelay/policy.sock\""), {{2, 8, "policy and auth are both"}}},
        {service("logins = \"logins\""), {{2, 10, "logins: \"logins\" is no absolute path"}}},
        {service("logins = [\"crm\"]"), {{2, 10, "logins is a list; write an absolute path"}}},
        {service("auth_plaintext = \"no\""), {{2, 18, "auth_plaintext is a string; write true or false"}}},
        {service("auth_plaintext = 0"), {{2, 18, "auth_plaintext is a whole number"}}},
        {service("resolver = \"127.0.0.1:53\""), {{2, 12, "resolver is a string; write a list"}}},
        {service("resolver = []"), {{2, 12, "resolver holds 0 addresses; write one to 3, or leave the key out"}}},
        {service("resolver = [\"::1\", \"::2\", \"::3\", \"::4\"]"), {{2, 12, "resolver holds 4 addresses"}}},
        {service("resolver = [\"127.0.0.1\",\n\"dns.example\", 53]"), {{3, 1, "resolver: \"dns.example\" is no address of a resolver"}, {3, 16, "an entry of resolver is a whole number"}}},
        {service("presets = \"crm\""), {{2, 11, "presets: \"crm\" is no absolute path of a folder"}}},
        {service("presets = 1"), {{2, 11, "presets is a whole number; write the absolute path of a folder"}}},
    });
}

BOOST_AUTO_TEST_CASE(domain_keys) {
    check({
        {domain("netwroks = []"), {{2, 1, "unknown key \"netwroks\" in [domain.\"e.com\"]; did you mean \"networks\"?"}}},
        {domain("langauge=\"ja\""), {{2, 1, "unknown key \"langauge\" in [domain.\"e.com\"]; did you mean \"language\"?"}}},
        {domain("mode = \"observ\""), {{2, 8, "write \"enforce\" or \"observe\""}}},
        {domain("mode = true"), {{2, 8, "mode is true or false"}}},
        {domain("also = \"x.com\""), {{2, 8, "also is a string; write a list"}}},
        {domain("also = [1, \"x_y\", \"b\u00fccher.de\"]"), {{2, 9, "an entry of also is a whole number"}, {2, 12, "\"x_y\" is no domain name"}, {2, 19, "xn--"}}},
        {domain("bounces = \"all\""), {{2, 11, "\"crm\", \"address:MAILBOX\" or \"keep\""}}},
        {domain("bounces = \"address:x\""), {{2, 11, "no @"}}},
        {domain("headers = [\"X-A:\"]"), {{2, 12, "without a colon"}}},
        {domain("headers = \"X-A\""), {{2, 11, "write a list"}}},
    });
}

BOOST_AUTO_TEST_CASE(require_sets) {
    check({
        {domain("require = \"network\""), {{2, 11, "require is a string"}}},
        {domain("require = [\"netwrok\"]"), {{2, 12, "did you mean \"network\"?"}}},
        {domain("require = [\"spf\"]"), {{2, 12, "there are: login, network, tls, certificate, tenant, dkim"}}},
        {domain("require = [\"tls\"]"), {{2, 11, "tls, tenant and dkim alone are no proof of the session"}}},
        {domain("require = [\"dkim\", \"tenant\", \"tls\"]\ntenant={header=\"X-A\", value=\"v\"}"), {{2, 11, "add network, login or certificate"}}},
        {domain("require = [\"network\", \"certificate\", \"tenant\", \"dkim\"]"),
         {{2, 11, "e.com: require names certificate, and no certificates are listed; write certificates = [\"sha256:AB:CD:\u2026\"]"},
          {2, 11, "e.com: require names tenant, and no tenant is written; write tenant = { header = \"X-SFDC-LK\", value = "}}},
        {domain("require = [[\"login\"], [\"certificate\"]]\ncertificates = []"), {{2, 11, "no certificates are listed"}}},
        {domain("require = []"), {{2, 11, "an empty list would let everybody relay"}}},
        {domain("require = [[\"network\"], [\"tls\"], []]"), {{2, 25, "no proof of the session"}, {2, 34, "an empty list"}}},
        {domain("require = [\"network\", [\"login\"]]"), {{2, 11, "mixes words and lists"}}},
        {domain("require = [[\"network\", 1]]"), {{2, 24, "an entry of require is a whole number"}}},
        {domain("require = [[[\"network\"]]]"), {{2, 13, "an entry of require is a list"}}},
    });
}

BOOST_AUTO_TEST_CASE(networks_and_logins) {
    const std::string rest = "admins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";
    const std::string head = "[domain.\"e.com\"]\n";
    check({
        {head + "logins=[\"crm\"]\nnetworks=[\n\"192.0.2.1/24\",\n\"2001:db8::/129\", \"x\",\n\"192.0.2.0/33\"]\n" + rest,
         {{4, 1, "has host bits set; the network is 192.0.2.0/24"}, {5, 1, "from 0 to 128"}, {5, 19, "no IPv4 or IPv6 address"}, {6, 1, "from 0 to 32"}}},
        {head + "logins=[\"crm\"]\nnetworks=[\n\"spf:\",\n\"SPF:z csend.net\", \"spf:-a.net\",\n\"spf:example.com/24\", \"spf:192.0.2.0/24\", \"spf-zcsend.net\"]\n" + rest,
         {{4, 1, "no name of a DNS record; write \"spf:\" and the name of an SPF record"}, {5, 1, "\"z csend.net\" is no name"}, {5, 20, "\"-a.net\""},
          {6, 1, "\"example.com/24\""}, {6, 23, "\"192.0.2.0/24\""}, {6, 43, "or \"spf:NAME\""}}},
        {head + "logins=[\"c m\", 5]\nnetworks=[\"::/0\"]\n" + rest, {{2, 9, "holds a space"}, {2, 16, "a whole number"}}},
        {head + rest, {{1, 9, "unless written, which names network, and no networks are listed"}, {1, 9, "which names login, and no logins are listed"}}},
        {head + "require=[\"network\"]\n" + rest, {{2, 9, "require names network, and no networks are listed"}}},
        {head + "require=[[\"network\"],[\"login\"]]\nnetworks=[]\nlogins=[\"crm\"]\n" + rest, {{2, 9, "no networks are listed"}}},
        {head + "require=[[\"network\"],[\"login\"]]\nlogins=[]\nnetworks=[\"::1\"]\n" + rest, {{2, 9, "no logins are listed"}}},
    });
}

BOOST_AUTO_TEST_CASE(missing_keys) {
    const std::string most = "networks=[\"192.0.2.0/24\"]\nlogins=[\"crm\"]\n";
    check({
        {"[domain.\"e.com\"]\n" + most, {{1, 9, "admins is missing"}, {1, 9, "return_path is missing"}}},
        {"[domain.\"e.com\"]\n" + most + "bounces=\"keep\"\n", {{1, 9, "admins is missing"}}},
        {"[domain.\"e.com\"]\n" + most + "admins=[]\nreturn_path=\"x\"\n", {{4, 8, "name at least one mailbox"}, {5, 13, "no @"}}},
        {"[domain.\"e.com\"]\n" + most + "admins=[\"postmaster\"]\nreturn_path=1\n", {{4, 9, "no @"}, {5, 13, "is a whole number"}}},
    });
}

BOOST_AUTO_TEST_CASE(names_of_domains) {
    check({
        {"[domain.e.com]\n" + kRest, {{1, 9, "write [domain.\"e.com\"]"}}},
        {"[domain]\n\"e.com\" = 1\n", {{2, 1, "is a whole number; write a table"}}},
        {"[domain.\"b\u00fccher.de\"]\n" + kRest, {{1, 9, "xn--"}}},
        {"[domain.\"e.com.\"]\n" + kRest, {{1, 9, "ends in a dot"}}},
        {"[domain.\".e.com\"]\n" + kRest, {{1, 9, "belongs into also"}}},
        {"[domain.\"e_x.com\"]\nmoed=1\n" + kRest, {{1, 9, "other characters"}, {2, 1, "did you mean \"mode\"?"}}},
    });
}

BOOST_AUTO_TEST_CASE(duplicate_domains) {
    check({
        {domain("") + "[domain.\"E.com\"]\n" + kRest, {{1, 9, "duplicate domain \"e.com\": it stands at "}}},   // "E" sorts before "e"
        {domain("also=[\"F.com\"]") + "[domain.\"f.com\"]\n" + kRest, {{2, 7, "crmrelay.toml:7:9 already"}}},
        {domain("also=[\".f.com\", \"g.com\"]") + "[domain.\"h.com\"]\nalso=[\"g.com\", \".f.com\"]\n" + kRest,
         {{8, 7, "duplicate domain \"g.com\""}, {8, 16, "duplicate domain \".f.com\": it stands at "}}},
        {domain("also=[\"e.com\"]"), {{2, 7, "duplicate domain \"e.com\""}}},
    });
    const crmrelay::base::tests::Folder folder;   // what is no duplicate: a name and its "." entry, a name below another's "." entry
    const auto loaded = load(folder.write("crmrelay.toml", domain("also=[\".e.com\"]") + "[domain.\"f.e.com\"]\n" + kRest));
    BOOST_TEST(std::holds_alternative<Config>(loaded));
}

BOOST_AUTO_TEST_CASE(bounce_addresses) {
    const std::string most = "networks=[\"192.0.2.0/24\"]\nlogins=[\"crm\"]\n";
    check({
        {"[domain.\"e.com\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@E.com\"\n" + most, {{3, 13, "would swallow its mailboxes"}}},
        {"[domain.\"e.com\"]\nalso=[\"f.com\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@f.com\"\n" + most, {{4, 13, "takes all mail of f.com"}}},
        {"[domain.\"e.com\"]\nadmins=[\"a@r.e\"]\nreturn_path=\"{token}@r.e\"\n" + most, {{2, 8, "a@r.e is a bounce address"}}},
        {"[domain.\"e.com\"]\nadmins=[\"b@e.com\", \"x@e.com\"]\nbounces=\"address:B-9@e.com\"\nreturn_path=\"b-{token}@e.com\"\n" + most,
         {{2, 8, "b@e.com is a bounce address"}, {3, 9, "B-9@e.com is a bounce address"}}},
        {"[domain.\"e.com\"]\nadmins=[\"a@b.c\"]\narchive=\"kept@R.e\"\nreturn_path=\"{token}@r.e\"\n" + most, {{3, 9, "archive: kept@r.e is a bounce address"}}},
    });
}

BOOST_AUTO_TEST_CASE(faults_of_defaults_are_told_once) {
    const std::string two = "[domain.\"a.com\"]\nlogins=[\"x\"]\n[domain.\"b.com\"]\nlogins=[\"y\"]\n";
    check({
        {"[defaults]\nalso=[\"x.com\"]\nnetworks=[\"192.0.2.1/24\"]\nadmins=[\"a\"]\nreturn_path=\"{token}@a.com\"\nlanguage=\"jp\"\ncrm=\"a b\"\ndkim={}\n" + two,
         {{2, 6, "has no place in [defaults]"}, {3, 11, "host bits"}, {4, 9, "no @"}, {5, 13, "would swallow"}, {6, 10, "language is \"jp\""},
          {7, 5, "crm is \"a b\"; write the name of a preset"}, {8, 6, "dkim: selector is missing"}}},
        {"[defaults]\nadmns=[]\n", {{2, 1, "unknown key \"admns\" in [defaults]; did you mean \"admins\"?"}}},
    });
}

BOOST_AUTO_TEST_CASE(all_problems_of_a_file_come_at_once) {
    check({{"[service]\nretain_days=1\nforward_limit=\"x\"\n[defaults]\nmode=1\n" + domain("require=[\"tls\"]") + "[domain.\"f.com\"]\nnetworks=[\"1.2.3.4/5\"]\nadmins=[\"a@b.c\"]\n",
            {{2, 13, "five days"}, {3, 15, "string"}, {5, 6, "mode is"}, {7, 9, "no proof of the session"}, {12, 9, "f.com: require is"}, {12, 9, "f.com: return_path is missing"}, {13, 11, "host bits"}}}});
}
