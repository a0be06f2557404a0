// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of crmrelayctl doctor's pure parts, and of what it says of a store. What it says of ports and of the DNS is told by stories.
#include <boost/test/unit_test.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/smtp_client.hh"
#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kNoon = 1'795'608'000, kDay = 86400;

std::vector<nlohmann::json> lines_of(const test::Printed& printed) {
    std::vector<nlohmann::json> out;
    for (const auto line : base::split(printed.out, '\n'))
        if (!line.empty()) out.push_back(nlohmann::json::parse(line));
    return out;
}

// The command of the line whose text holds `words`.
std::string mend_of(const std::vector<nlohmann::json>& lines, const std::string& words) {
    for (const auto& line : lines)
        if (line["text"].get<std::string>().find(words) != std::string::npos) return line["mend"];
    return {};
}

// State of the line whose text holds `words`; "" where there is none.
std::string state_of(const std::vector<nlohmann::json>& lines, const std::string& words) {
    for (const auto& line : lines)
        if (line["text"].get<std::string>().find(words) != std::string::npos) return line["state"];
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_command)

BOOST_AUTO_TEST_CASE(certificates) {
    const struct {
        base::Seconds from, to;
        bool matches;
        std::vector<std::string> want;   // levels and how the texts begin
    } cases[] = {
        {kNoon - kDay, kNoon + 60 * kDay, true, {"ok    here: TLS with a certificate for mail.example.com"}},
        {kNoon - kDay, kNoon + 60 * kDay, false, {"warn  here: its TLS certificate is for a.test, b.test, not for mail.example.com"}},
        {kNoon - kDay, kNoon + 3 * kDay, true, {"warn  here: its TLS certificate is valid for 3 more days"}},
        {kNoon - kDay, kNoon + 1 * kDay, false, {"warn  here: its TLS certificate is for", "warn  here: its TLS certificate is valid for 1 more day"}},
        {kNoon - 2 * kDay, kNoon - kDay, true, {"FAIL  here: its TLS certificate for a.test, b.test was valid until 2026-11-24"}},
        {kNoon - kDay, kNoon, true, {"FAIL  here: its TLS certificate for a.test, b.test was valid until 2026-11-25"}},
        {kNoon + 1, kNoon + kDay, true, {"FAIL  here: its TLS certificate for a.test, b.test is valid from"}},
    };
    for (const auto& c : cases) {
        const auto findings = certificate_findings({{"a.test", "b.test"}, c.matches, c.from, c.to}, "here", "mail.example.com", kNoon, Words("en"));
        BOOST_REQUIRE(findings.size() == c.want.size());
        for (std::size_t i = 0; i < findings.size(); ++i) BOOST_TEST(text_of(findings[i]).starts_with(c.want[i]), text_of(findings[i]));
    }
}

BOOST_AUTO_TEST_CASE(clients_that_are_known) {
    conf::Domain domain;
    domain.networks = {*base::Prefix::parse("192.0.2.0/24")};
    domain.spf_networks = {"_spf.crm.test"};
    const std::vector<store::SpfVerdict> verdicts = {{"_spf.crm.test", "198.51.100.1", true, 0, 0}, {"_spf.crm.test", "198.51.100.2", false, 0, 0}, {"_spf.other.test", "198.51.100.3", true, 0, 0}};
    const std::pair<const char*, bool> cases[] = {{"192.0.2.9", true}, {"198.51.100.1", true}, {"198.51.100.2", false}, {"198.51.100.3", false}, {"203.0.113.1", false}, {"", false}, {"nonsense", false}};
    for (const auto& [client, want] : cases) BOOST_TEST(known_inside(domain, client, verdicts) == want, client);
}

BOOST_AUTO_TEST_CASE(ehlo_offers) {
    const SmtpReply reply{250, {"mail.example.com", "PIPELINING", "AUTH PLAIN LOGIN", "AUTH=PLAIN", "SIZE 10240000", "starttls"}};
    BOOST_TEST(reply.offer("auth").value_or("none") == "PLAIN LOGIN");
    BOOST_TEST(reply.offer("STARTTLS").value_or("none").empty());
    BOOST_TEST(!reply.offer("mail.example.com"));
    BOOST_TEST(!reply.offer("DSN"));
}

BOOST_AUTO_TEST_CASE(what_the_store_tells) {
    const test::Installation here;
    const auto now = base::now();
    here.with_store([&](store::Store& store) {
        store.record_login({"crm@example.com", now - 100, "192.0.2.10", now - 50, "192.0.2.11", "wrong-password"});
        store.record_login({"crm@example.org", now - 100, "192.0.2.10", now - 50, "203.0.113.1", "wrong-password"});
    });
    auto stranger = test::sample_event("evt_1", "unconfigured", now - 10);
    stranger.action = "example.net";
    auto ours = test::sample_event("evt_2", "unconfigured", now - 10);
    ours.action = "example.org";   // configured since
    store::Outgoing waiting;
    waiting.domain = "example.com";
    waiting.recipient = "return@crm.test";
    waiting.mail = "x";
    waiting.created_at = waiting.next_at = now - 7200;
    waiting.last_error = "451 later";
    store::Report report;
    report.events = {stranger, ours};
    report.outgoing = {waiting};
    here.record(report);
    const auto lines = lines_of(here.run(doctor, {"--json"}));
    BOOST_TEST(state_of(lines, "login crm@example.com: the last attempt failed") == "warn");
    BOOST_TEST(state_of(lines, "login crm@example.org: the last attempt failed") == "warn");   // no network of its own: anywhere counts
    BOOST_TEST(state_of(lines, "mail from example.net was refused") == "warn");
    BOOST_TEST(state_of(lines, "mail from example.org was refused").empty());
    BOOST_TEST(state_of(lines, "outbox: 1 report waits, since") == "warn");
    BOOST_TEST(state_of(lines, "the clock says") == "ok");
    BOOST_TEST(state_of(lines, "free on its disk") != "");
    BOOST_TEST(state_of(lines, "example.com is active") == "ok");
    BOOST_TEST(state_of(lines, "example.org only observes") == "ok");
    for (const auto& line : lines) BOOST_TEST((line.contains("check") && line.contains("mend") && !line["check"].get<std::string>().empty()), line.dump());
}

BOOST_AUTO_TEST_CASE(standings) {
    const auto now = base::now();
    const struct {
        const char *login, *tls;
        bool off, by_hand;
        std::string want_text, want_mend;   // the mend's end
    } cases[] = {
        {"crm@example.com", "TLSv1.3", false, false, "1 refusal of its own session today", "explain --client 203.0.113.9 --login crm@example.com --tls --from sales@example.com"},
        {"crm@example.com", "", false, false, "1 refusal of its own session today", "explain --client 203.0.113.9 --login crm@example.com --from sales@example.com"},
        {"", "TLSv1.2", false, false, "1 refusal of its own session today", "explain --client 203.0.113.9 --tls --from sales@example.com"},
        {"crm@example.com", "", true, false, "explain network), then resume it", "resume example.com"},
        {"crm@example.com", "", true, true, "is suspended until it is resumed: why", "resume example.com"},
    };
    for (const auto& c : cases) {
        const test::Installation here;
        here.with_store([&](store::Store& store) {
            store::Refusal refusal{"example.com", now, true, "network", "550 5.7.1 x", "203.0.113.9", c.login};
            refusal.proved = true;
            refusal.tls = c.tls;
            store.record_refusal(refusal);
            store.check_writable();
            std::promise<void> done;
            const auto decide = [&](const store::Standing& before) {
                store::StandingChange change{true, before, {}};
                change.standing.day = now / kDay;
                change.standing.today = change.standing.in_a_row = 1;
                change.standing.failures = {{now, "network", "550 5.7.1 x", "203.0.113.9", c.login, ""}};
                change.standing.suspended_at = c.off ? now : 0;
                change.standing.why = "why";
                change.standing.by_hand = c.by_hand;
                return change;
            };
            store.change_standing("example.com", decide, [&](const store::Outcome&) { done.set_value(); });
            done.get_future().wait();
        });
        const auto lines = lines_of(here.run(doctor, {"--json", "example.com"}));
        BOOST_TEST(mend_of(lines, c.want_text).ends_with(c.want_mend), c.want_text << ": " << mend_of(lines, c.want_text));
        BOOST_TEST(mend_of(lines, "mend the cause first").empty() == (!c.off || c.by_hand));
    }
}

BOOST_AUTO_TEST_CASE(a_record_of_tomorrow) {
    const test::Installation here;
    auto message = test::sample_message();
    message.relayed_at = base::now() + kDay;
    here.record(message);
    const auto lines = lines_of(here.run(doctor, {"--json", "example.com"}));
    BOOST_TEST(state_of(lines, "one of the two is wrong") == "FAIL");
    BOOST_TEST(state_of(lines, "example.com is active") == "ok");
    BOOST_TEST(state_of(lines, "example.org only observes").empty());
}

BOOST_AUTO_TEST_CASE(words_that_are_wrong) {
    const test::Installation here;
    for (const Arguments& words : {Arguments{"nowhere.test"}, Arguments{"--language", "xx"}, Arguments{"--nonsense"}, Arguments{"a", "b"}}) BOOST_TEST(here.run(doctor, words).status == kUsage);
    test::write_file(here.config(), "nonsense = 1\n");
    const auto printed = here.run(doctor, {"--json"});
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(lines_of(printed).front()["check"] == "configuration");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
