// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/admission.cc: what is written is read back, and what is broken is an error.
#include "policy/admission.hh"

#include <boost/test/unit_test.hpp>

#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace std::string_literals;

namespace {

std::string_view attributes(const std::string& frame) { return std::string_view(frame).substr(kFrameHead); }

}  // namespace

BOOST_AUTO_TEST_SUITE(admission)

BOOST_AUTO_TEST_CASE(questions_come_back) {
    Admit admit;
    admit.session = "c0ffee-7";
    admit.facts = test::session("2001:db8::9", "crm@example.com", true);
    admit.message.queue_id = "4F1";
    admit.message.sender = std::string(138, 's') + "@crm.test";
    admit.message.envid = "QQ+3D1";
    admit.message.ret = "FULL";
    admit.message.size = 4096;
    admit.message.recipients = {{"a@dest.test", "rfc822;a+2Bb@dest.test", "FAILURE"}, {"b@dest.test", "", ""}};
    admit.message.from = {"Sales\r\n <sales@example.com>", ""};
    admit.message.message_id = "<1@crm.test>";
    admit.message.headers = {{"X-SFDC-EntityId", " 00D:1"}};
    admit.message.dkim = {"example.com", "crm.test"};
    admit.message.dkim_trouble = "no answer";
    const auto frame = encode(Question(admit));
    BOOST_TEST(*frame_length(frame) + kFrameHead == frame.size());
    const auto question = decode_question(attributes(frame));
    BOOST_REQUIRE(question.ok());
    const auto& got = std::get<Admit>(*question);
    BOOST_TEST(got.session == admit.session);
    BOOST_TEST(got.facts.client.text() == "2001:db8::9");
    BOOST_TEST(got.facts.port == 4000);
    BOOST_TEST(got.facts.tls == "TLSv1.3");
    BOOST_TEST(got.message.sender == admit.message.sender);
    BOOST_TEST(got.message.size == 4096u);
    BOOST_REQUIRE(got.message.recipients.size() == 2u);
    BOOST_TEST(got.message.recipients[0].orcpt == "rfc822;a+2Bb@dest.test");
    BOOST_TEST(got.message.recipients[0].notify == "FAILURE");
    BOOST_TEST(got.message.recipients[1].orcpt.empty());
    BOOST_REQUIRE(got.message.from.size() == 2u);   // an empty From field is a From field
    BOOST_TEST(got.message.headers[0].second == " 00D:1");
    BOOST_TEST(got.message.dkim == admit.message.dkim, boost::test_tools::per_element());
    BOOST_TEST(got.message.dkim_trouble == "no answer");
    BOOST_TEST(encode(*question) == frame);
}

BOOST_AUTO_TEST_CASE(broken_questions) {
    const std::string rows[] = {
        ""s, "ask"s, "ask\0announce"s, "ask\0announce\0"s, "ask\0announce\0session\0a-1\0"s, "ask\0announce\0session\0a-1\0client\0nobody\0"s,
        "ask\0announce\0session\0a-1\0client\0::1\0port\0007x\0"s, "ask\0announce\0session\0a-1\0client\0::1\0port\00070000\0"s,
        "ask\0what\0session\0a-1\0client\0::1\0port\0001\0"s, "session\0a-1\0client\0::1\0"s, "ask\0close\0"s,
        "ask\0admit\0session\0a-1\0client\0::1\0size\000-1\0"s,
    };
    for (const auto& row : rows) BOOST_TEST(!decode_question(row).ok(), "read: " << row);
    BOOST_TEST(!frame_length("\x7f\xff\xff\xff").ok());
    BOOST_TEST(!decode_answer("answer\0perhaps\0"s).ok());
}

BOOST_AUTO_TEST_CASE(answers_come_back) {
    const Answer rows[] = {Mine{}, Pass{}, Relay{"t@bounce.example.com", "t", true}, Relay{"", "t", false}, Relay{"t@b.test", "t", true, "example.com", "archive@example.com", {"X-SFDCTLS", "X-B"}},
                           Reply::permanent("7.1", "from", "no"), Reply::temporary("3.0", "unavailable", "later")};
    for (const auto& row : rows) {
        const auto frame = encode(row);
        const auto got = decode_answer(attributes(frame));
        BOOST_REQUIRE(got.ok());
        BOOST_TEST((got->index() == row.index()));
        BOOST_TEST(encode(*got) == frame);
    }
    const auto relay = std::get<Relay>(*decode_answer(attributes(encode(rows[4]))));
    BOOST_TEST(relay.sign == "example.com");
    BOOST_TEST(relay.archive == "archive@example.com");
    BOOST_TEST(relay.remove == (std::vector<std::string>{"X-SFDCTLS", "X-B"}), boost::test_tools::per_element());
    BOOST_TEST(std::get<Reply>(*decode_answer(attributes(encode(rows[6])))).line() == "451 4.3.0 later [crmrelay:unavailable]");
}

BOOST_AUTO_TEST_SUITE_END()
