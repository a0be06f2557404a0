// SPDX-License-Identifier: BSD-2-Clause
//
// Questions to a DNS server on loopback: what is there, what is not, and what goes wrong, in bounded time.
#include "ctl/dns_query.hh"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/base/dns_server.hh"

namespace crmrelay::ctl {

namespace {

using State = TxtAnswer::State;
using base::tests::DnsServer;

DnsServer::Entry texts(std::vector<std::string> of) { return {std::move(of), DnsServer::Fault::none, ""}; }
DnsServer::Entry fault(DnsServer::Fault of) { return {{"x"}, of, ""}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_query)

BOOST_AUTO_TEST_CASE(answers) {
    const std::string longer(700, 'y');
    const DnsServer server({{"one.test", texts({"hello"})},
                            {"two.test", texts({"a", longer})},
                            {"empty.test", texts({})},
                            {"alias.test", {{"behind"}, DnsServer::Fault::none, "one.test"}},
                            {"fail.test", fault(DnsServer::Fault::servfail)},
                            {"cut.test", fault(DnsServer::Fault::truncated)},
                            {"broken.test", fault(DnsServer::Fault::broken)}});
    const struct {
        const char* name;
        State want;
        std::vector<std::string> want_texts;
        const char* want_words;
    } cases[] = {
        {"one.test", State::found, {"hello"}, ""},
        {"two.test", State::found, {"a", longer}, ""},
        {"alias.test", State::found, {"behind"}, ""},
        {"empty.test", State::none, {}, ""},
        {"none.test", State::none, {}, ""},
        {"fail.test", State::trouble, {}, "SERVFAIL"},
        {"cut.test", State::trouble, {}, "by TCP"},
        {"broken.test", State::trouble, {}, ""},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name) {
            const auto answer = ask_txt(c.name, {server.endpoint()});
            BOOST_TEST((answer.state == c.want), answer.words);
            BOOST_TEST(answer.texts == c.want_texts, boost::test_tools::per_element());
            BOOST_TEST(answer.words.find(c.want_words) != std::string::npos, answer.words);
            BOOST_TEST((answer.state == State::trouble) == !answer.words.empty());
        }
}

BOOST_AUTO_TEST_CASE(a_silent_server_costs_three_seconds_at_most) {
    const DnsServer silent({{"x.test", fault(DnsServer::Fault::silent)}});
    const DnsServer speaks({{"x.test", texts({"here"})}});
    const struct {
        std::vector<base::Endpoint> resolvers;
        State want;
    } cases[] = {
        {{silent.endpoint()}, State::trouble},
        {{silent.endpoint(), silent.endpoint(), silent.endpoint()}, State::trouble},
        {{silent.endpoint(), speaks.endpoint()}, State::found},
    };
    for (const auto& c : cases) {
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST((ask_txt("x.test", c.resolvers).state == c.want));
        BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(3500)));
    }
}

BOOST_AUTO_TEST_CASE(a_server_by_its_address_of_version_6) {
    std::unique_ptr<DnsServer> server;
    try {
        server = std::make_unique<DnsServer>(std::map<std::string, DnsServer::Entry>{{"six.test", texts({"hello"})}}, true);
    } catch (const std::exception&) {
        BOOST_TEST_MESSAGE("there is no IPv6 here");
        return;
    }
    const auto answer = ask_txt("six.test", {server->endpoint()});
    BOOST_TEST((answer.state == State::found), answer.words);
    const DnsServer silent({{"six.test", fault(DnsServer::Fault::silent)}});
    BOOST_TEST((ask_txt("six.test", {silent.endpoint(), server->endpoint()}).state == State::found));
    BOOST_TEST((ask_txt("six.test", {server->endpoint(), silent.endpoint()}).state == State::found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
