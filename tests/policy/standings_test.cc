// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/standings.cc: failures through the sockets, and two servers that count into one store at the same time.
#include "policy/standings.hh"

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <semaphore>

#include "policy/strike_events.hh"
#include "tests/policy/running_desk.hh"

using namespace crmrelay;
using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

namespace {

const auto kWrongAddress = session("203.0.113.200", "crm@example.com", true);
const auto kCrm = session("192.0.2.10", "crm@example.com", true);

std::vector<conf::Domain> striking_domains() {
    auto out = usual_domains();
    for (auto& domain : out) domain.suspend.after = 3;
    return out;
}

// What one message of this session is told at RCPT.
std::string ask(RunningDesk& running, const SessionFacts& facts, const char* instance) {
    auto postfix = running.policy();
    auto text = request("relay", facts, "customer@dest.test");
    text.insert(text.size() - 1, std::string("instance=") + instance + "\n");
    postfix.send(text);
    return postfix.action();
}

std::ptrdiff_t of_type(store::Store& store, const char* type) {
    const auto events = store.events({});
    return std::ranges::count(events, type, &store::Event::type);
}

// Counts `count` failures as a server does, eight in flight.
void fail_often(store::Store& store, const conf::Domain& domain, int count) {
    std::counting_semaphore<> slots(8);
    for (int i = 0; i < count; ++i) {
        slots.acquire();
        auto decide = [&domain](const store::Standing& before) {
            auto struck = strike(before, domain, {1795608000, "network", "550 x", "203.0.113.9", "crm@example.com", ""});
            return store::StandingChange{struck.changed, struck.standing, strike_report(domain, struck)};
        };
        store.change_standing(domain.name, decide, [&](const store::Outcome&) { slots.release(); });
    }
    for (int i = 0; i < 8; ++i) slots.acquire();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standings)

BOOST_AUTO_TEST_CASE(the_third_message_suspends) {
    RunningDesk running(striking_domains());
    BOOST_TEST(ask(running, kWrongAddress, "a").find("[crmrelay:network]") != std::string::npos);
    for (int recipient = 0; recipient < 5; ++recipient) ask(running, kWrongAddress, "b");   // one message
    BOOST_TEST(running.store().standing("example.com").in_a_row == 2);
    BOOST_TEST(ask(running, kWrongAddress, "c").find("[crmrelay:network]") != std::string::npos);
    const auto told = ask(running, kCrm, "d");
    BOOST_TEST(told.starts_with("action=451 4.7.1 example.com: relaying is suspended until 20"), told);
    BOOST_TEST(told.ends_with("3 failures in a row today, the last one: network [crmrelay:suspended]"), told);
    const auto answer = running.admission().ask(admit_question("a-1", kCrm));
    BOOST_REQUIRE(std::holds_alternative<Reply>(answer));
    BOOST_TEST(std::get<Reply>(answer).reason() == "suspended");
    BOOST_TEST(of_type(running.store(), "strike") == 3);
    BOOST_TEST(of_type(running.store(), "suspended") == 1);
    BOOST_TEST(running.store().outbox_depth("") == 2);   // of the second and of the third, to one administrator
    BOOST_TEST(ask(running, session("198.51.100.7", "crm@example.org", true), "e").find("suspended") == std::string::npos);   // not concerned
}

BOOST_AUTO_TEST_CASE(a_relayed_message_ends_the_row) {
    RunningDesk running(striking_domains());
    for (const char* instance : {"a", "b"}) ask(running, kWrongAddress, instance);
    BOOST_TEST(std::holds_alternative<Relay>(running.admission().ask(admit_question("a-1", kCrm))));
    ask(running, kWrongAddress, "c");
    BOOST_TEST(running.store().standing("example.com").in_a_row == 1);
    BOOST_TEST(of_type(running.store(), "suspended") == 0);
}

BOOST_AUTO_TEST_CASE(strangers_and_observed_domains_do_not_count) {
    RunningDesk running(striking_domains());
    for (const auto& facts : {session("192.0.2.10", "", true), session("203.0.113.1", "crm@watch.test", false), session("203.0.113.200", "", false)})
        for (const char* instance : {"a", "b", "c", "d"}) ask(running, facts, instance);
    BOOST_TEST(running.store().standings().empty());
}

BOOST_AUTO_TEST_CASE(two_servers_agree) {
    RunningDesk running;   // for its folder and store
    auto com = domain("example.com", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@example.com"});
    for (const int after : {0, 3, 100}) {
        com.name = "after" + std::to_string(after) + ".test";
        com.suspend.after = after;
        store::Store other("sqlite://" + running.folder() + "/crmrelay.db", store::Open::create);
        std::thread second([&] { fail_often(other, com, 200); });
        fail_often(running.store(), com, 200);
        second.join();
        const auto standing = other.standing(com.name);
        BOOST_TEST(standing.in_a_row == (after == 0 ? 400 : after));
        BOOST_TEST((standing.suspended_at != 0) == (after != 0));
        BOOST_TEST(other.outbox_depth(com.name) == 2);   // one notice of the second, one of the third or last
    }
    BOOST_TEST(of_type(running.store(), "suspended") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
