// SPDX-License-Identifier: BSD-2-Clause
//
// A session's course, with policyd alive, away, and talking nonsense.
#include "milter/filter.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "tests/milter/fake_policyd.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter::test;
using namespace crmrelay::milter;
using Words = std::vector<std::string_view>;

conf::Config config() {
    conf::Domain domain;
    domain.name = "example.com";
    domain.networks = {*base::Prefix::parse("192.0.2.0/24"), *base::Prefix::parse("2001:db8::/32")};
    domain.logins = {"crm@example.com"};
    domain.headers = {"X-CRM-Id"};
    conf::Config out;
    out.domains = {domain};
    return out;
}

policy::SessionFacts facts(const std::string& client, const std::string& login) { return {*base::IpAddress::parse(client), 4000, login, ""}; }

std::string name_of(const Outcome& outcome) {
    if (std::holds_alternative<GoOn>(outcome)) return "go on";
    if (std::holds_alternative<Accept>(outcome)) return "accept";
    if (const auto* edits = std::get_if<Edits>(&outcome)) return "relay " + edits->sender;
    return std::get<policy::Reply>(outcome).line().substr(0, 9);
}

// A filter with a short temper beside a policyd that may be there or not.
struct Setting {
    Folder folder;
    base::Endpoint endpoint = folder.socket("admission.sock");
    AdmissionClient client{endpoint, {4, std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)}};
    Filter filter{client, std::make_shared<const Settings>(config())};

    Session session(const std::string& address, const std::string& login, const std::string& mailer) {
        Session out = filter.new_session();
        out.message = std::make_unique<Message>(facts(address, login), Words{"<bounce@crm.test>"});
        out.message->add_recipient(Words{"<b@dest.test>"}, mailer);
        return out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(filter)

BOOST_AUTO_TEST_CASE(settings_look_up) {
    const Settings settings(config());
    BOOST_TEST(settings.knows_login("CRM@Example.com"));
    BOOST_TEST(!settings.knows_login("employee@example.com"));
    BOOST_TEST(!settings.knows_login(""));
    BOOST_TEST(settings.lists(*base::IpAddress::parse("192.0.2.77")));
    BOOST_TEST(settings.lists(*base::IpAddress::parse("::ffff:192.0.2.77")));
    BOOST_TEST(settings.lists(*base::IpAddress::parse("2001:db8::1")));
    BOOST_TEST(!settings.lists(*base::IpAddress::parse("198.51.100.1")));
    BOOST_TEST(!settings.lists(base::IpAddress()));
    BOOST_TEST(settings.headers.contains("x-crm-id"));
}

BOOST_AUTO_TEST_CASE(who_waits_while_policyd_is_away) {
    const struct {
        Standing standing;
        bool want_wait;
    } cases[] = {
        {{false, false, false, false, true}, false}, {{false, true, false, false, true}, true},   {{false, false, false, true, true}, true},
        {{false, false, true, false, true}, true},   {{false, true, true, true, true}, true},     {{false, true, true, true, false}, false},
        {{false, true, false, false, false}, false}, {{true, false, false, false, false}, true}, {{true, false, false, false, true}, true},
    };
    for (const auto& c : cases) BOOST_TEST(has_to_wait(c.standing) == c.want_wait);
}

BOOST_FIXTURE_TEST_CASE(without_policyd, Setting) {
    const struct {
        std::string client, login, mailer, want_claim, want_admit;
    } cases[] = {
        {"192.0.2.10", "", "smtp", "451 4.3.0", "451 4.3.0"},
        {"192.0.2.10", "", "local", "accept", "accept"},
        {"2001:db8::9", "", "relay", "451 4.3.0", "451 4.3.0"},
        {"198.51.100.1", "", "smtp", "accept", "accept"},
        {"198.51.100.1", "employee@example.com", "smtp", "accept", "accept"},
        {"198.51.100.1", "crm@example.com", "smtp", "go on", "451 4.3.0"},      // a configured login is not asked about at DATA
        {"198.51.100.1", "crm@example.com", "virtual", "go on", "accept"},
    };
    for (const auto& c : cases) {
        Session s = session(c.client, c.login, c.mailer);
        filter.announce(s);
        BOOST_TEST(!s.announced);
        BOOST_TEST(name_of(filter.claim(s)) == c.want_claim, c.client << " " << c.login << " " << c.mailer);
        BOOST_TEST(name_of(filter.admit(s)) == c.want_admit, c.client << " " << c.login << " " << c.mailer);
        filter.close(s);
    }
}

// What policyd knew of at MAIL it may have granted at RCPT, by an SPF record, say: it goes nowhere unjudged. Each message counts for itself.
BOOST_FIXTURE_TEST_CASE(what_was_announced_and_relays_waits, Setting) {
    const policy::Reply forgotten = policy::Reply::temporary("3.0", "unavailable", "not known");
    Session s = session("198.51.100.1", "", "smtp"), local = session("198.51.100.1", "", "local");
    {
        FakePolicyd policyd(endpoint, [&](const policy::Question&) { return policy::Answer(forgotten); });
        for (auto* each : {&s, &local}) filter.announce(*each);
        BOOST_TEST(name_of(filter.claim(s)) == "451 4.3.0");
        BOOST_TEST(name_of(filter.claim(local)) == "accept");
        policyd.stop();
    }
    BOOST_TEST(name_of(filter.claim(s)) == "451 4.3.0");
    filter.announce(s);   // the next message, of which nobody heard
    BOOST_TEST(name_of(filter.claim(s)) == "accept");
}

BOOST_FIXTURE_TEST_CASE(what_policyd_claims_waits_for_it, Setting) {
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return policy::Answer(policy::Mine{}); });
    Session s = session("198.51.100.1", "", "local");
    BOOST_TEST(name_of(filter.claim(s)) == "go on");
    policyd.stop();
    BOOST_TEST(name_of(filter.admit(s)) == "451 4.3.0");
}

BOOST_FIXTURE_TEST_CASE(answers_and_what_becomes_of_them, Setting) {
    const policy::Reply no = policy::Reply::permanent("7.1", "network", "no");
    const struct {
        policy::Answer whose, admit;
        std::string want_claim, want_admit;   // of a listed client that relays
    } cases[] = {
        {policy::Pass{}, policy::Pass{}, "accept", "accept"},
        {policy::Mine{}, policy::Relay{"t@bounce.test", "t", false}, "go on", "relay t@bounce.test"},
        {policy::Mine{}, policy::Relay{"", "", false}, "go on", "relay "},
        {policy::Mine{}, no, "go on", "550 5.7.1"},
        {policy::Mine{}, policy::Pass{}, "go on", "accept"},
        {policy::Mine{}, policy::Mine{}, "go on", "451 4.3.0"},
        {no, no, "451 4.3.0", "550 5.7.1"},
        {policy::Mine{}, policy::Relay{"t@b.test> RET=FULL", "t", false}, "go on", "451 4.3.0"},
        {policy::Mine{}, policy::Relay{"t@b.test", "t NOTIFY=NEVER", false}, "go on", "451 4.3.0"},
        {policy::Mine{}, policy::Relay{"t@b.test", "t", false, "", "a@b.test> NOTIFY=NEVER", {}}, "go on", "451 4.3.0"},
        {policy::Mine{}, policy::Relay{"t@b.test", "t", false, "example.com", "", {}}, "go on", "451 4.3.0"},   // never unsigned where a signature is ordered
    };
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return Silence{}; });
    for (const auto& c : cases) {
        policyd.behave([&](const policy::Question& q) { return std::holds_alternative<policy::Whose>(q) ? c.whose : c.admit; });
        Session s = session("192.0.2.10", "", "smtp");
        BOOST_TEST(name_of(filter.claim(s)) == c.want_claim);
        BOOST_TEST(name_of(filter.admit(s)) == c.want_admit);
    }
}

BOOST_FIXTURE_TEST_CASE(edits_that_are_ordered, Setting) {
    const struct {
        policy::Relay order;
        Edits want_edits;
    } cases[] = {
        {{"t@b.test", "tok", true, "", "", {}}, {"t@b.test", "ENVID=tok RET=HDRS", {}, {}, ""}},
        {{"t@b.test", "tok", false, "", "", {}}, {"t@b.test", "ENVID=tok", {}, {}, ""}},
        {{"t@b.test", "", true, "", "", {}}, {"t@b.test", "RET=HDRS", {}, {}, ""}},
        {{"", "tok", true, "", "", {}}, {"", "", {}, {}, ""}},
        {{"", "", false, "", "archive@example.com", {}}, {"", "", {}, {}, "archive@example.com"}},
        {{"", "", false, "", "B@dest.test", {}}, {"", "", {}, {}, ""}},              // a recipient already
        {{"", "", false, "", "", {"X-Leak", "X-Signed", "X-None"}}, {"", "", {}, {{"X-Leak", 2}}, ""}},
    };
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return Silence{}; });
    const Names removable = {"x-leak", "x-signed", "x-none"};
    for (const auto& c : cases) {
        policyd.behave([&](const policy::Question&) { return policy::Answer(c.order); });
        Session s = session("192.0.2.10", "crm@example.com", "smtp");
        for (const auto& [name, value] : {std::pair{"X-Leak", "1"}, {"DKIM-Signature", "h=From:X-Signed"}, {"X-Signed", "1"}, {"x-leak", "2"}})
            s.message->add_leaving(name, value, removable);
        const auto outcome = filter.admit(s);
        BOOST_REQUIRE(std::holds_alternative<Edits>(outcome));
        BOOST_TEST((std::get<Edits>(outcome) == c.want_edits));
    }
}

BOOST_FIXTURE_TEST_CASE(announcements, Setting) {
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return policy::Answer(policy::Pass{}); });
    Session known = session("192.0.2.10", "crm@example.com", "smtp"), unknown = session("::", "", "smtp");
    filter.announce(known);
    filter.announce(unknown);
    BOOST_TEST(known.announced);
    BOOST_TEST(!unknown.announced);   // no grant can be tied to a client that nobody knows
    filter.close(known);
    filter.close(unknown);
    BOOST_TEST(policyd.wait_for<policy::Close>(1).size() == 1u);
    const auto announced = policyd.wait_for<policy::Announce>(1);
    BOOST_REQUIRE(announced.size() == 1u);
    BOOST_TEST(announced[0].session == filter.instance() + "-1");
    BOOST_TEST(announced[0].facts.client.text() == "192.0.2.10");
    BOOST_TEST(announced[0].facts.port == 4000);
    BOOST_TEST(announced[0].facts.login == "crm@example.com");
}

BOOST_FIXTURE_TEST_CASE(an_incomplete_message_is_refused_only_where_it_is_a_crms, Setting) {
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return policy::Answer(policy::Pass{}); });
    Session other = session("198.51.100.1", "", "smtp"), crm = session("192.0.2.10", "crm@example.com", "smtp");
    for (auto* s : {&other, &crm}) s->message->lose_facts();
    BOOST_TEST(name_of(filter.claim(other)) == "accept");
    BOOST_TEST(name_of(filter.claim(crm)) == "451 4.3.0");
    BOOST_TEST(name_of(filter.admit(crm)) == "451 4.3.0");
    BOOST_TEST(policyd.asked_for<policy::Admit>().empty());
}

BOOST_FIXTURE_TEST_CASE(a_new_snapshot_takes_over, Setting) {
    Session s = session("198.51.100.1", "new@example.com", "smtp");
    BOOST_TEST(name_of(filter.claim(s)) == "accept");
    auto changed = config();
    changed.domains[0].logins = {"new@example.com"};
    filter.replace(std::make_shared<const Settings>(changed));
    BOOST_TEST(name_of(filter.claim(s)) == "go on");
}

BOOST_AUTO_TEST_SUITE_END()
