// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/auth_server.cc: what a peer may do to the socket without harm to others.
#include "policy/auth_server.hh"

#include <set>
#include <boost/test/unit_test.hpp>

#include "tests/policy/running_auth.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

BOOST_AUTO_TEST_SUITE(auth_server)

BOOST_AUTO_TEST_CASE(greets_as_postfix_wants_it) {
    RunningAuth running(line_for("crm@example.com", "one"));
    const auto client = running.client();
    BOOST_TEST(client.handshake.starts_with("VERSION\t1\t"));
    BOOST_TEST(client.handshake.find("\nMECH\tPLAIN\tplaintext\n") != std::string::npos);
    BOOST_TEST(client.handshake.find("\nMECH\tLOGIN\tplaintext\n") != std::string::npos);
    BOOST_TEST(client.handshake.find("\nSPID\t") != std::string::npos);
    BOOST_TEST(client.handshake.ends_with("\nDONE\n"));
    BOOST_TEST(running.client().handshake != client.handshake);   // another cookie and number
}

BOOST_AUTO_TEST_CASE(login_in_steps) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto client = running.client();
    client.send("AUTH\t4\tLOGIN\tservice=smtp\trip=192.0.2.10\tsecured\n");
    BOOST_TEST(client.line() == "CONT\t4\tVXNlcm5hbWU6");
    client.send("CONT\t4\t" + base64("crm@example.com") + "\n");
    BOOST_TEST(client.line() == "CONT\t4\tUGFzc3dvcmQ6");
    client.send("CONT\t4\t" + base64("one") + "\n");
    BOOST_TEST(client.line() == "OK\t4\tuser=crm@example.com");
}

BOOST_AUTO_TEST_CASE(rubbish_is_closed_and_harms_nobody) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto good = running.client();
    const std::string rubbish[] = {"\n", "GET / HTTP/1.0\r\n\r\n", "VERSION\t2\t0\n", "VERSION\t1\t0\nAUTH\n", std::string(kAuthLineCap + 10'000, 'a'),
                                   "VERSION\t1\t0\nAUTH\t1\tPLAIN\tresp=" + std::string(kAuthLineCap + 10'000, 'A')};
    for (const auto& octets : rubbish) {
        Client bad(running.endpoint());
        bad.send(octets);
        std::string all;
        for (std::string more; !(more = bad.read(1)).empty();) all += more;
        BOOST_TEST((all.empty() || all.ends_with("DONE\n")), octets.substr(0, 40));
    }
    BOOST_TEST(good.plain("crm@example.com", "one").starts_with("OK"));
}

BOOST_AUTO_TEST_CASE(many_at_once_on_one_connection) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto client = running.client();
    constexpr int kMany = 300;
    for (int i = 1; i <= kMany; ++i) client.ask("crm@example.com", i % 2 ? "wrong" : "one", "192.0.2.10", true, std::to_string(i));
    std::set<std::string> answers;
    for (int i = 1; i <= kMany; ++i) answers.insert(client.line());
    for (int i = 1; i <= kMany; ++i) BOOST_TEST(answers.contains((i % 2 ? "FAIL\t" : "OK\t") + std::to_string(i) + "\tuser=crm@example.com"));
}

BOOST_AUTO_TEST_CASE(half_closed_peers_get_their_answers) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto client = running.client();
    client.ask("crm@example.com", "wrong");
    client.raw().half_close();
    BOOST_TEST(client.line().starts_with("FAIL\t1"));
    BOOST_TEST(client.line() == "(closed)");
}

BOOST_AUTO_TEST_CASE(peers_that_vanish) {
    RunningAuth running(line_for("crm@example.com", "one"));
    for (int i = 0; i < 100; ++i) {
        auto client = running.client();
        for (int j = 0; j < 10; ++j) client.ask("crm@example.com", "wrong", "192.0.2.10", true, std::to_string(j));
    }
    BOOST_TEST(running.client().plain("crm@example.com", "one", "198.51.100.1").starts_with("OK"));
}

BOOST_AUTO_TEST_SUITE_END()
