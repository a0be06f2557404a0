// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/desk.cc: decisions performed, over real sockets and a real store.
#include <boost/test/unit_test.hpp>

#include "tests/policy/running_desk.hh"

using namespace crmrelay;
using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

namespace {

const auto kCrm = session("192.0.2.10", "crm@example.com", true);

}  // namespace

BOOST_AUTO_TEST_SUITE(desk)

BOOST_AUTO_TEST_CASE(grants_only_what_a_milter_announced) {
    RunningDesk running;
    auto postfix = running.policy();
    postfix.send(request("relay", kCrm, "customer@dest.test"));
    BOOST_TEST(postfix.action() == "action=451 4.3.0 relaying is not possible through this service now, try again later [crmrelay:unavailable]");

    auto milter = running.admission();
    milter.tell(Announce{"a-1", kCrm});
    postfix.send(request("relay", kCrm, "customer@dest.test"));
    BOOST_TEST(postfix.action() == "action=OK");
    milter.tell(Close{"a-1"});
    BOOST_TEST(std::holds_alternative<Mine>(milter.ask(Whose{"a-1", kCrm})));   // by its login
    postfix.send(request("relay", kCrm, "customer@dest.test"));
    BOOST_TEST(postfix.action().starts_with("action=451"));
}

// Postfix asks on one socket right after the milter wrote on another: the announcement is always seen.
BOOST_AUTO_TEST_CASE(an_announcement_that_was_written_first_is_seen) {
    RunningDesk running;
    auto postfix = running.policy();
    auto milter = running.admission();
    for (int i = 1; i <= 500; ++i) {
        auto facts = kCrm;
        facts.port = static_cast<std::uint16_t>(i);
        milter.tell(Announce{"a-" + std::to_string(i), facts});
        postfix.send(request("relay", facts, "customer@dest.test"));
        BOOST_REQUIRE_EQUAL(postfix.action(), "action=OK");
    }
}

// The second message of a connection: a grant never rests on the announcement of the first.
BOOST_AUTO_TEST_CASE(a_grant_belongs_to_the_message_announced_last) {
    RunningDesk running;
    auto postfix = running.policy();
    const auto by_network = session("198.51.100.7", "", false);
    auto first = running.admission();
    first.tell(Announce{"a-1", by_network});
    for (int i = 0; i < 500; ++i) {
        auto other = running.admission();   // a connection that policyd reads last
        other.tell(Announce{"a-1", by_network});
        postfix.send(request("relay", by_network, "customer@dest.test"));
        BOOST_REQUIRE_EQUAL(postfix.action(), "action=OK");
        BOOST_REQUIRE(std::holds_alternative<Mine>(first.ask(Whose{"a-1", by_network})));
    }
}

BOOST_AUTO_TEST_CASE(announcements_end_with_their_milter) {
    RunningDesk running;
    auto postfix = running.policy();
    {
        auto first = running.admission(), second = running.admission();
        first.tell(Announce{"a-1", kCrm});
        second.tell(Announce{"a-2", session("192.0.2.11", "crm@example.com", true)});
        BOOST_TEST(std::holds_alternative<Mine>(first.ask(Whose{"a-1", kCrm})));
        BOOST_TEST(std::holds_alternative<Mine>(second.ask(Whose{"a-2", kCrm})));
    }
    std::string action;
    for (int i = 0; i < 200 && !action.starts_with("action=451"); ++i) {   // until both ends of connection were seen
        postfix.send(request("relay", kCrm, "customer@dest.test"));
        action = postfix.action();
    }
    BOOST_TEST(action.starts_with("action=451"));
}

// In smtpd_recipient_restrictions Postfix asks about mail to our own users as well.
BOOST_AUTO_TEST_CASE(what_was_granted_is_said_again) {
    RunningDesk running;
    auto postfix = running.policy();
    auto milter = running.admission();
    const auto tenant = session("198.51.100.7", "", false);     // a network is this domain's whole rule
    const auto stranger = session("192.0.2.10", "", true);      // listed, and not logged in
    const auto wrong = session("203.0.113.200", "crm@example.com", true);
    const auto ask = [&](const char* context, const SessionFacts& facts) {
        postfix.send(request(context, facts, "taro@example.com"));
        return postfix.action();
    };
    milter.tell(Announce{"a-1", tenant});
    BOOST_TEST(ask("granted", tenant) == "action=DUNNO");
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-1", tenant})));
    BOOST_TEST(ask("relay", tenant) == "action=OK");
    BOOST_TEST(ask("granted", tenant) == "action=OK");
    milter.tell(Announce{"a-2", kCrm});
    BOOST_TEST(ask("granted", kCrm) == "action=OK");
    milter.tell(Announce{"a-3", stranger});
    BOOST_TEST(ask("granted", stranger) == "action=DUNNO");
    BOOST_TEST(ask("granted", wrong) == "action=DUNNO");
}

// policyd was restarted between RCPT and DATA, or has forgotten the session: what it may have granted is not let go unjudged.
BOOST_AUTO_TEST_CASE(a_session_that_is_not_known_does_not_pass) {
    RunningDesk running;
    auto milter = running.admission();
    const auto listed = session("198.51.100.7", "", false), elsewhere = session("203.0.113.200", "", false);
    BOOST_TEST(std::holds_alternative<Reply>(milter.ask(Whose{"a-1", listed})));
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-2", elsewhere})));
    const auto answer = milter.ask(admit_question("a-1", listed, "ceo@elsewhere.test"));
    BOOST_REQUIRE(std::holds_alternative<Reply>(answer));
    BOOST_TEST(std::get<Reply>(answer).is_temporary());
    milter.tell(Announce{"a-1", listed});
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-1", listed})));
    auto portless = listed;
    portless.port = 0;   // never announced, never granted
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-3", portless})));
}

BOOST_AUTO_TEST_CASE(contexts_and_states) {
    RunningDesk running;
    auto postfix = running.policy();
    running.admission().tell(Announce{"a-1", kCrm});
    const auto wrong = session("203.0.113.200", "crm@example.com", true);
    struct {
        const char* context;
        SessionFacts facts;
        std::string recipient;
        const char* state;
        const char* want;
    } const rows[] = {
        {"relay", wrong, "customer@dest.test", "RCPT", "action=550 5.7.1 example.com: client 203.0.113.200 is not in this domain's networks [crmrelay:network]"},
        {"relay", wrong, "customer@dest.test", "DATA", "action=DUNNO"},
        {"relay", wrong, "customer@dest.test", "END-OF-MESSAGE", "action=DUNNO"},
        {"other", wrong, "customer@dest.test", "RCPT", "action=DUNNO"},
        {"recipient", wrong, "customer@dest.test", "RCPT", "action=DUNNO"},
        {"recipient", wrong, "forged@bounce.example.com", "RCPT",
         "action=550 5.1.1 <forged@bounce.example.com>: this is no return path of ours [crmrelay:bounce-address]"},
        {"relay", session("203.0.113.200", "", true), "customer@dest.test", "RCPT", "action=DUNNO"},
    };
    for (const auto& row : rows) {
        postfix.send(request(row.context, row.facts, row.recipient, row.state));
        BOOST_TEST(postfix.action() == row.want);
    }
}

BOOST_AUTO_TEST_CASE(a_relayed_message_is_on_record) {
    RunningDesk running;
    auto milter = running.admission();
    const auto answer = milter.ask(admit_question("a-1", kCrm));
    BOOST_REQUIRE(std::holds_alternative<Relay>(answer));
    const auto& relay = std::get<Relay>(answer);
    BOOST_TEST(relay.return_path == relay.envid + "@bounce.example.com");
    BOOST_TEST(relay.set_ret_hdrs);
    const auto record = running.store().find_message(relay.envid);
    BOOST_REQUIRE(record);
    BOOST_TEST(record->sender == "b@crm.test");
    BOOST_TEST(record->envid == "QQ314");
    BOOST_TEST(record->from == "sales@example.com");
    BOOST_TEST(record->login == "crm@example.com");
    BOOST_TEST(record->client == "192.0.2.10");
    BOOST_TEST(record->relayed_at == running.now);
    BOOST_REQUIRE(record->recipients.size() == 1u);
    BOOST_REQUIRE(record->headers.size() == 1u);   // only what the domain's record keeps

    auto postfix = running.policy();
    postfix.send(request("recipient", session("203.0.113.1", "", false), relay.return_path));
    BOOST_TEST(postfix.action() == "action=DUNNO");
    const auto unknown = running.rules().keys().make(running.now, "87654321", "bounce.example.com") + "@bounce.example.com";
    postfix.send(request("recipient", session("203.0.113.1", "", false), unknown));
    BOOST_TEST(postfix.action().starts_with("action=550 5.1.1 "));
}

BOOST_AUTO_TEST_CASE(ret_is_named_only_where_the_crm_gave_none) {
    RunningDesk running;
    auto question = admit_question("a-1", kCrm);
    question.message.ret = "FULL";
    BOOST_TEST(!std::get<Relay>(running.admission().ask(question)).set_ret_hdrs);
}

BOOST_AUTO_TEST_CASE(whose_message) {
    RunningDesk running;
    auto milter = running.admission();
    auto postfix = running.policy();
    const auto by_network = session("198.51.100.7", "", false);
    milter.tell(Announce{"a-1", by_network});
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-1", by_network})));   // a listed address alone is nobody's CRM
    postfix.send(request("relay", by_network, "customer@dest.test"));
    BOOST_TEST(postfix.action() == "action=OK");
    BOOST_TEST(std::holds_alternative<Mine>(milter.ask(Whose{"a-1", by_network})));
    milter.tell(Announce{"a-1", by_network});
    BOOST_TEST(std::holds_alternative<Pass>(milter.ask(Whose{"a-1", by_network})));   // the next message
}

BOOST_AUTO_TEST_CASE(refusals_are_counted) {
    RunningDesk running;
    const auto answer = running.admission().ask(admit_question("a-1", session("203.0.113.200", "crm@example.com", true)));
    BOOST_REQUIRE(std::holds_alternative<Reply>(answer));
    BOOST_TEST(std::get<Reply>(answer).line() == "550 5.7.1 example.com: client 203.0.113.200 is not in this domain's networks [crmrelay:network]");
    running.admission().ask(admit_question("a-2", kCrm));   // a durable write takes the lazy ones along
    for (int i = 0; i < 500 && running.store().counts("example.com", running.now).refused == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_TEST(running.store().counts("example.com", running.now).refused == 1);
    BOOST_TEST(running.store().counts("example.com", running.now).relayed == 1);
}

BOOST_AUTO_TEST_SUITE_END()
