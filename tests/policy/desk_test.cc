// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/desk.cc: decisions performed, over real sockets and a real store.
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>

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

// A session whose announcement is under way on another connection is not taken for an unknown one.
BOOST_AUTO_TEST_CASE(whose_hears_the_announcement_first) {
    RunningDesk running;
    auto first = running.admission();
    auto stranger = session("203.0.113.200", "", false);
    for (int i = 0; i < 500; ++i) {
        const auto name = "a-" + std::to_string(i);
        stranger.port = static_cast<std::uint16_t>(5000 + i);
        auto other = running.admission();   // a connection that policyd reads last
        other.tell(Announce{name, stranger});
        BOOST_REQUIRE(std::holds_alternative<Pass>(first.ask(Whose{name, stranger})));
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
    BOOST_TEST(std::holds_alternative<Reply>(milter.ask(Whose{"a-2", elsewhere})));   // an SPF record, or a certificate
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

// Messages of a login beyond its limit are put off, and the administrators are told, once, before and when it is reached.
BOOST_AUTO_TEST_CASE(limits_are_of_each_login) {
    auto domains = usual_domains();
    domains[0].limits = {2, 0, 0};
    domains[0].logins.push_back("other@example.com");
    RunningDesk running(domains);
    auto milter = running.admission();
    int number = 0;
    const auto ask = [&](const char* login) { return milter.ask(admit_question(("a-" + std::to_string(++number)).c_str(), session("192.0.2.10", login, true))); };
    BOOST_TEST(std::holds_alternative<Relay>(ask("crm@example.com")));
    BOOST_TEST(std::holds_alternative<Relay>(ask("CRM@example.com")));
    for (int i = 0; i < 2; ++i) {
        const auto put_off = ask("crm@example.com");
        BOOST_REQUIRE(std::holds_alternative<Reply>(put_off));
        BOOST_TEST(std::get<Reply>(put_off).line() == "451 4.7.1 example.com: 2 messages of login crm@example.com were relayed within one hour, which is this domain's limit; there is "
                                                      "room again at " + base::rfc3339((running.now / 60 + 60) * 60) + " [crmrelay:limit]");
    }
    BOOST_TEST(std::holds_alternative<Relay>(ask("other@example.com")));

    const auto actions = [&running] {
        std::string out;
        store::Store::EventQuery query;
        query.domain = "example.com";
        query.type = "limit";
        query.limit = 10;
        for (const auto& event : running.store().events(query)) out = event.action + " " + event.diagnostic + "; " + out;
        return out;
    };
    const std::string want = "warned 2 of 2 messages within one hour, login crm@example.com; reached 2 of 2 messages within one hour, login crm@example.com; ";
    for (int i = 0; i < 500 && actions() != want; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_TEST(actions() == want);
    BOOST_TEST(running.store().due(running.now, 10).size() == 2U);   // a notice each, to one administrator

    // A limit that is new counts what was relayed before it.
    const auto org = session("198.51.100.7", "crm@example.org", true);
    BOOST_TEST(std::holds_alternative<Relay>(milter.ask(admit_question("o-1", org, "shop@example.org"))));
    domains[1].limits = {0, 1, 0};
    running.desk().use(std::make_shared<const Rules>(rules_of(domains)));
    const auto late = milter.ask(admit_question("o-2", org, "shop@example.org"));
    BOOST_REQUIRE(std::holds_alternative<Reply>(late));
    BOOST_TEST(std::get<Reply>(late).line().starts_with("451 4.7.1 example.org: 1 messages of login crm@example.org were relayed within one day"));
}

// A sender over its limit costs a write a minute, however often it comes; what could not be written is told again.
BOOST_AUTO_TEST_CASE(a_limit_that_is_reached_is_written_once_a_minute) {
    auto domains = usual_domains();
    domains[0].limits = {1, 0, 0};
    RunningDesk running(domains);
    auto milter = running.admission();
    int number = 0;
    const auto is_put_off = [&] { return std::holds_alternative<Reply>(milter.ask(admit_question(("a-" + std::to_string(++number)).c_str(), kCrm))); };
    const auto reached_at = [&running] {   // waits
        store::Store::EventQuery query;
        query.type = "limit";
        query.limit = 10;
        for (int i = 0; i < 500; ++i) {
            for (const auto& event : running.store().events(query))
                if (event.action == "reached") return event.time;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return base::Seconds(0);
    };
    BOOST_TEST(!is_put_off());
    const auto begin = running.now;
    BOOST_TEST(is_put_off());
    BOOST_TEST(reached_at() == begin);
    const auto purged = std::make_shared<std::promise<void>>();   // shared: set_value may still run when wait() has returned
    auto done = purged->get_future();
    running.store().purge(begin + 1, [purged](const store::Outcome&) { purged->set_value(); });
    done.wait();
    running.now = begin + 59;
    BOOST_TEST(is_put_off());
    running.now = begin + 60;
    BOOST_TEST(is_put_off());
    BOOST_TEST(reached_at() == begin + 60);
}

// An "spf:" network: asked of whoever looks it up, once it matters, and what is not known is put off and not refused.
BOOST_AUTO_TEST_CASE(spf_networks_are_looked_up) {
    struct Lookup : NetworkLookup {
        std::optional<Standing> at_once(const std::string&, const base::IpAddress& client) override {
            ++asked_at_once;
            return client == ip("203.0.113.1") ? std::optional(Standing::in) : std::nullopt;
        }
        void look_up(const std::string& name, const base::IpAddress& client, std::function<void(Standing)> done) override {
            names += name + " ";
            done(client == ip("203.0.113.2") ? Standing::in : client == ip("203.0.113.3") ? Standing::out : Standing::unknown);
        }
        std::string names;
        int asked_at_once = 0;
    } lookup;
    auto domains = usual_domains();
    domains[0].networks.clear();
    domains[0].spf_networks = {"_spf.crm.test"};
    RunningDesk running(domains, &lookup);
    auto milter = running.admission();
    const struct {
        const char* client;
        const char* want_action;
        const char* want_reply;   // at the end of the message; empty: it is relayed
        const char* want_names;
    } rows[] = {
        {"203.0.113.1", "action=OK", "", ""},
        {"203.0.113.2", "action=OK", "", "_spf.crm.test _spf.crm.test "},
        {"203.0.113.3", "action=550 5.7.1 example.com: client 203.0.113.3 is not in", "550 5.7.1 example.com: client 203.0.113.3 is not in", "_spf.crm.test _spf.crm.test "},
        {"203.0.113.4", "action=DEFER_IF_REJECT", "451 4.4.3 ", "_spf.crm.test _spf.crm.test "},
    };
    int number = 0;
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.client) {
            lookup.names.clear();
            const auto facts = session(row.client, "crm@example.com", true);
            const auto id = "s-" + std::to_string(++number);
            milter.tell(Announce{id, facts});
            auto postfix = running.policy();
            postfix.send(request("relay", facts, "customer@dest.test"));
            const auto action = postfix.action();
            BOOST_TEST(action.starts_with(row.want_action), action);
            const auto answer = milter.ask(admit_question(id.c_str(), facts));
            const auto reply = std::holds_alternative<Reply>(answer) ? std::get<Reply>(answer).line() : "";
            BOOST_TEST((*row.want_reply ? reply.starts_with(row.want_reply) : reply.empty()), reply);
            BOOST_TEST(lookup.names == row.want_names);
        }
    }
    // A stranger's mail to our own users is none of its business.
    lookup.names.clear();
    const auto stranger = session("203.0.113.4", "", false);
    auto postfix = running.policy();
    postfix.send(request("granted", stranger, "alice@example.com"));
    BOOST_TEST(postfix.action() == "action=DUNNO");
    BOOST_TEST(lookup.names == "");
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
