// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/server.cc: what clients may do to the sockets without harm to others.
#include "policy/server.hh"

#include <boost/test/unit_test.hpp>

#include "tests/policy/running_desk.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(server)

BOOST_AUTO_TEST_CASE(rubbish_is_closed_and_harms_nobody) {
    RunningDesk running;
    auto good = running.policy();
    const std::string rubbish[] = {
        "\n", "rubbish\n\n", "request=other\n\n", std::string(kPolicyRequestCap + 20'000, 'a'), "request=smtpd_access_policy\n" + std::string(kPolicyRequestCap + 20'000, 'a'),
    };
    for (const auto& octets : rubbish) {
        auto bad = running.policy();
        bad.send(octets);
        BOOST_TEST(bad.closed());
    }
    for (const auto& octets : {"\xff\xff\xff\xff"s, "\0\0\0\1x"s, "\0\0\0\0"s}) {
        auto bad = running.admission();
        bad.send(octets);
        BOOST_TEST(bad.closed());
    }
    good.send(request("relay", session("203.0.113.200", "", true), "customer@dest.test"));
    BOOST_TEST(good.action() == "action=DUNNO");
}

BOOST_AUTO_TEST_CASE(half_closed_clients_get_their_answer) {
    RunningDesk running;
    auto client = running.policy();
    client.send(request("relay", session("203.0.113.200", "", true), "customer@dest.test"));
    client.half_close();
    BOOST_TEST(client.action() == "action=DUNNO");
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_slow_client_blocks_nobody) {
    RunningDesk running;
    const auto text = request("relay", session("203.0.113.200", "", true), "customer@dest.test");
    auto slow = running.policy();
    for (const char c : text.substr(0, text.size() - 1)) slow.send({&c, 1});
    auto quick = running.policy();
    quick.send(text);
    BOOST_TEST(quick.action() == "action=DUNNO");
    slow.send("\n");
    BOOST_TEST(slow.action() == "action=DUNNO");
}

BOOST_AUTO_TEST_CASE(requests_may_come_together) {
    RunningDesk running;
    const auto text = request("relay", session("203.0.113.200", "", true), "customer@dest.test");
    auto client = running.policy();
    client.send(text + text + text);
    for (int i = 0; i < 3; ++i) BOOST_TEST(client.action() == "action=DUNNO");
}

BOOST_AUTO_TEST_CASE(a_large_question_in_pieces) {
    RunningDesk running;
    auto question = admit_question("a-1", session("192.0.2.10", "crm@example.com", true));
    for (int i = 0; i < 10'000; ++i) question.message.recipients.push_back({"customer" + std::to_string(i) + "@dest.test", "rfc822;customer@dest.test", "FAILURE,DELAY"});
    auto milter = running.admission();
    const auto frame = encode(Question(question));
    milter.send(std::string_view(frame).substr(0, 3));
    milter.send(std::string_view(frame).substr(3, 100'000));
    milter.send(std::string_view(frame).substr(100'003));
    const auto answer = milter.answer();
    BOOST_REQUIRE(std::holds_alternative<Relay>(answer));
    BOOST_TEST(running.store().find_message(std::get<Relay>(answer).envid)->recipients.size() == 10'001u);
}

BOOST_AUTO_TEST_SUITE_END()
