// SPDX-License-Identifier: BSD-2-Clause
//
// Questions to DNS servers on loopback: what is there, cut, foreign or late, and which servers a resolv.conf names.
#include "base/dns_query.hh"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/base/dns_server.hh"

using namespace crmrelay::base;
using crmrelay::base::tests::DnsServer;
using Outcome = DnsAnswer::Outcome;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

using Fault = DnsServer::Fault;

DnsServer::Entry entry(std::vector<std::string> texts, Fault fault = Fault::none, std::string alias = "") { return {std::move(texts), fault, std::move(alias)}; }

DnsAnswer ask(std::vector<Endpoint> servers, const std::string& name, milliseconds time = milliseconds(4000)) {
    return DnsClient(std::move(servers)).ask(name, DnsType::txt, {Clock::now() + time});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_query)

BOOST_AUTO_TEST_CASE(answers) {
    const std::string longer(700, 'y');
    const DnsServer server({{"one.test", entry({"hello"})},
                            {"two.test", entry({"a", longer})},
                            {"empty.test", entry({})},
                            {"alias.test", entry({"behind"}, Fault::none, "one.test")},
                            {"fail.test", entry({"x"}, Fault::servfail)},
                            {"cut.test", entry({"x", longer}, Fault::cut)},
                            {"mute.test", entry({"x"}, Fault::truncated)},
                            {"old.test", entry({"x"}, Fault::old)},
                            {"stranger.test", entry({"x"}, Fault::stranger)},
                            {"broken.test", entry({"x"}, Fault::broken)}});
    const struct {
        const char* name;
        Outcome want;
        std::vector<std::string> want_records;
        const char* want_error;
        bool want_tcp;
    } cases[] = {
        {"one.test", Outcome::found, {"hello"}, "", false},
        {"ONE.test", Outcome::found, {"hello"}, "", false},
        {"two.test", Outcome::found, {"a", longer}, "", false},
        {"alias.test", Outcome::found, {"behind"}, "", false},
        {"empty.test", Outcome::nothing, {}, "", false},
        {"none.test", Outcome::no_such_name, {}, "", false},
        {"fail.test", Outcome::temporary, {}, "answers SERVFAIL", false},
        {"cut.test", Outcome::found, {"x", longer}, "", true},
        {"mute.test", Outcome::temporary, {}, "by TCP", true},
        {"old.test", Outcome::found, {"x"}, "", false},
        {"stranger.test", Outcome::found, {"x"}, "", false},
        {"broken.test", Outcome::temporary, {}, "no answer", false},
        {"no..name", Outcome::temporary, {}, "no domain name", false},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name) {
            const int before = server.streams();
            const auto got = ask({server.endpoint()}, c.name, milliseconds(1000));
            BOOST_TEST((got.outcome == c.want), got.error);
            BOOST_TEST(got.records == c.want_records, boost::test_tools::per_element());
            BOOST_TEST(got.error.find(c.want_error) != std::string::npos, got.error);
            BOOST_TEST((server.streams() > before) == c.want_tcp);
        }
}

BOOST_AUTO_TEST_CASE(a_silent_server_costs_its_time_and_no_more) {
    const DnsServer silent({{"x.test", entry({}, Fault::silent)}}), speaks({{"x.test", entry({"here"})}}), sick({{"x.test", entry({}, Fault::servfail)}});
    const struct {
        std::vector<Endpoint> servers;
        Outcome want;
        milliseconds time;
    } cases[] = {
        {{silent.endpoint()}, Outcome::temporary, milliseconds(300)},
        {{silent.endpoint(), silent.endpoint(), silent.endpoint()}, Outcome::temporary, milliseconds(300)},
        {{silent.endpoint(), speaks.endpoint()}, Outcome::found, milliseconds(3000)},
        {{sick.endpoint(), speaks.endpoint()}, Outcome::found, milliseconds(3000)},
        {{sick.endpoint(), sick.endpoint(), sick.endpoint(), speaks.endpoint()}, Outcome::temporary, milliseconds(3000)},   // a fourth is not asked
        {{speaks.endpoint()}, Outcome::temporary, milliseconds(0)},
    };
    for (const auto& c : cases) {
        const auto begin = Clock::now();
        const auto got = ask(c.servers, "x.test", c.time);
        BOOST_TEST((got.outcome == c.want), got.error);
        BOOST_TEST((Clock::now() - begin < c.time + milliseconds(500)));
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_process_ends_the_wait) {
    const DnsServer silent({{"x.test", entry({}, Fault::silent)}});
    const std::atomic<bool> stop{true};
    const auto begin = Clock::now();
    const auto got = DnsClient({silent.endpoint()}).ask("x.test", DnsType::txt, {begin + std::chrono::seconds(5), &stop});
    BOOST_TEST((got.outcome == Outcome::temporary));
    BOOST_TEST((Clock::now() - begin < milliseconds(500)));
}

BOOST_AUTO_TEST_CASE(resolv_conf) {
    const struct {
        std::string text;
        std::vector<std::string> want_servers;
    } cases[] = {
        {"", {"inet:53@127.0.0.1"}},
        {"search example.com\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 # second\noptions edns0\n", {"inet:53@192.0.2.1", "inet:53@2001:db8::1"}},
        {"#nameserver 192.0.2.1\nnameserver\nnameserver dns.example.com\n", {"inet:53@127.0.0.1"}},
        {"nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4", {"inet:53@192.0.2.1", "inet:53@192.0.2.2", "inet:53@192.0.2.3"}},
    };
    for (const auto& c : cases) {
        std::vector<std::string> got;
        for (const auto& server : resolvers_in(c.text)) got.push_back(server.text());
        BOOST_TEST(got == c.want_servers, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()
