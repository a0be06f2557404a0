// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/key_lookup.cc: which record is the key, and servers that do not answer.
#include "milter/key_lookup.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "tests/base/dns_server.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace std::string_literals;
using base::tests::DnsServer;
using Kind = KeyAnswer::Kind;

const std::string kName = "s1._domainkey.example.com";

}  // namespace

BOOST_AUTO_TEST_SUITE(key_lookup)

BOOST_AUTO_TEST_CASE(which_record_is_the_key) {
    using Outcome = base::DnsAnswer::Outcome;
    const struct {
        const char* what;
        Outcome outcome;
        std::vector<std::string> records;
        Kind want_kind;
        std::string want_text;
    } cases[] = {
        {"a record", Outcome::found, {"v=DKIM1; p=abc"}, Kind::found, "v=DKIM1; p=abc"},
        {"without a version", Outcome::found, {"p=abc"}, Kind::found, "p=abc"},
        {"beside another", Outcome::found, {"hello", "v=DKIM1; p=abc"}, Kind::found, "v=DKIM1; p=abc"},
        {"with a NUL in it", Outcome::found, {"v=DKIM1; p=\0abc"s}, Kind::found, "v=DKIM1; p="},
        {"no such name", Outcome::no_such_name, {}, Kind::none, ""},
        {"no such record", Outcome::nothing, {}, Kind::none, ""},
        {"a failing server", Outcome::temporary, {}, Kind::trouble, "why"},
    };
    for (const auto& c : cases) {
        const auto got = key_in({c.outcome, c.records, 60, c.outcome == Outcome::temporary ? "why" : ""});
        BOOST_TEST((got.kind == c.want_kind), c.what);
        BOOST_TEST(got.text == c.want_text, c.what);
    }
}

BOOST_AUTO_TEST_CASE(keys_from_a_server) {
    const DnsServer server({{kName, {{"v=DKIM1; p=abc"}, DnsServer::Fault::none, ""}}, {"sick.test", {{}, DnsServer::Fault::servfail, ""}}});
    const auto source = key_source({server.endpoint()});
    const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    BOOST_TEST(source(kName, soon).text == "v=DKIM1; p=abc");
    BOOST_TEST((source("s2._domainkey.example.com", soon).kind == Kind::none));
    BOOST_TEST((source("s1._domainkey..example.com", soon).kind == Kind::none));
    BOOST_TEST((source("sick.test", soon).kind == Kind::trouble));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_silent_costs_its_time_and_no_more) {
    const DnsServer server({{kName, {{}, DnsServer::Fault::silent, ""}}});
    const auto source = key_source({server.endpoint()});
    const auto start = std::chrono::steady_clock::now();
    const auto got = source(kName, start + std::chrono::milliseconds(300));
    const auto took = std::chrono::steady_clock::now() - start;
    BOOST_TEST((got.kind == Kind::trouble));
    BOOST_TEST(got.text.find("no answer") != std::string::npos, got.text);
    BOOST_TEST((took >= std::chrono::milliseconds(290) && took < std::chrono::milliseconds(1000)));
    BOOST_TEST((source(kName, start).kind == KeyAnswer::Kind::trouble));   // no time left
}

BOOST_AUTO_TEST_SUITE_END()
