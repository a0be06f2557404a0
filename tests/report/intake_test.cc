// SPDX-License-Identifier: BSD-2-Clause
//
// What mail at bounce addresses leads to, with a real store behind it.
#include "report/intake.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "report/mail.hh"
#include "tests/report/intake_fixture.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Kind = store::Outgoing::Kind;

using Fixture = IntakeFixture;

BOOST_FIXTURE_TEST_CASE(recipients_are_judged, Fixture) {
    put(store, record(kToken));
    const struct {
        std::string address, sender, want;
    } rows[] = {
        {kAddress, "", "250 2.1.5"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGH@BOUNCE.example.com", "someone@x.test", "250 2.1.5"},
        {kOtherToken + "@bounce.example.com", "", "550 5.1.1"},
        {"bounce@plus.test", "", "250 2.1.5"},
        {"postmaster@bounce.example.com", "a@b.test", "250 2.1.5"},
        {"abuse@bounce.example.com", "", "250 2.1.5"},
        {"2bounce@bounce.example.com", kDoubleBounce, "250 2.1.5"},
        {"2bounce@bounce.example.com", "", "550 5.1.1"},
        {"2bounce@bounce.example.com", "a@b.test", "550 5.1.1"},
        {"sales@bounce.example.com", "", "550 5.1.1"},
        {"sales@elsewhere.test", "", "550 5.1.1"},
    };
    for (const auto& row : rows) {
        const auto got = check(row.address, row.sender);
        BOOST_TEST_CONTEXT(row.address) {
            BOOST_TEST(got.starts_with(row.want));
            BOOST_TEST((got.find("[crmrelay:bounce-address]") != std::string::npos) == got.starts_with("550"));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_failure_makes_an_event_and_a_hand_back, Fixture) {
    put(store, record(kToken));
    take(kAddress, report_text({}));
    const auto events = store.events_of(kToken);
    BOOST_REQUIRE(events.size() == 1);
    BOOST_TEST(events[0].id.size() == 30u);
    BOOST_TEST(events[0].type == "bounce");
    const auto json = document();
    BOOST_TEST(json["type"] == "bounce");
    BOOST_TEST(json["id"] == events[0].id);
    BOOST_TEST(json["domain"] == "example.com");
    BOOST_TEST(json["message"]["token"] == kToken);
    BOOST_TEST(json["message"]["sender"] == "return-1@crm.test");
    BOOST_TEST(json["message"]["headers"]["X-SFDC-EntityId"] == "00Q1");
    const std::pair<const char*, nlohmann::json> want[] = {
        {"recipient", "nobody@dest.test"}, {"action", "failed"}, {"status", "5.1.1"}, {"code", 550}, {"diagnostic", "550 5.1.1 no such user"}, {"remote_mta", "mx.dest.test"},
        {"reason", "userunknown"},         {"class", "hard"},    {"fault", "recipient"}, {"soft_count", 0}, {"matched_by", "return-path"},
    };
    for (const auto& [key, value] : want) BOOST_TEST(json["failure"][key] == value, key);
    BOOST_TEST(!json["failure"].contains("truncated"));

    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 1);
    BOOST_TEST((rows[0].kind == Kind::handback));
    BOOST_TEST(rows[0].recipient == "return-1@crm.test");
    BOOST_TEST(rows[0].token == kToken);
    BOOST_TEST(rows[0].event_ids.at(0) == events[0].id);
    BOOST_TEST(hops_of(rows[0].mail) == 1);
    BOOST_TEST(rows[0].mail.find("To: return-1@crm.test") != std::string::npos);
    BOOST_TEST(rows[0].mail.find("Original-Envelope-Id: CRM+1\r\n") != std::string::npos);
    BOOST_TEST(rows[0].mail.find("Auto-Submitted: auto-replied") != std::string::npos);
    BOOST_TEST(rows[0].mail.find(kToken) == std::string::npos);
    BOOST_TEST(written == 1);
}

BOOST_FIXTURE_TEST_CASE(the_same_bounce_twice_is_one_event_and_another_failure_is_another, Fixture) {
    put(store, record(kToken));
    take(kAddress, report_text({}));
    take(kAddress, report_text({}));
    BOOST_TEST(store.events_of(kToken).size() == 1u);
    BOOST_TEST(outgoing().size() == 1u);
    Text other;
    other.blocks = block("nobody@dest.test", "failed", "5.2.2", "smtp; 552 5.2.2 full");
    take(kAddress, report_text(other));
    BOOST_TEST(store.events_of(kToken).size() == 2u);
    BOOST_TEST(outgoing().size() == 2u);
}

// A forged report may repeat a known recipient ten thousand times: that makes no ten thousand events.
BOOST_FIXTURE_TEST_CASE(blocks_about_one_recipient_are_bounded, Fixture) {
    put(store, record(kToken));
    std::string mail = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n";
    for (int i = 0; i < 100; ++i)
        mail += "\nFinal-Recipient: rfc822; nobody@dest.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 number " + std::to_string(i) + "\n";
    take(kAddress, mail + "\n--b--\n");
    BOOST_TEST(store.events_of(kToken).size() == 10u);
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 1);
    BOOST_TEST(rows[0].mail.find("550 number 9\r\n") != std::string::npos);
    BOOST_TEST(rows[0].mail.find("550 number 10\r\n") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(actions_have_types, Fixture) {
    const struct {
        std::string action, status, want_type;
    } rows[] = {{"failed", "5.1.1", "bounce"}, {"delayed", "4.4.1", "delay"}, {"delivered", "2.0.0", "delivered"}, {"relayed", "2.0.0", "delivered"}, {"expanded", "2.0.0", "delivered"}};
    put(store, record(kToken));
    for (const auto& row : rows) {
        Text text;
        text.blocks = block("nobody@dest.test", row.action, row.status, "smtp; text");
        take(kAddress, report_text(text));
        BOOST_TEST(store.events_of(kToken).back().type == row.want_type);
        BOOST_TEST(store.events_of(kToken).back().action == row.action);
    }
    BOOST_TEST(outgoing().size() == 5u);
}

BOOST_FIXTURE_TEST_CASE(recipients_that_the_record_does_not_hold_are_left_out, Fixture) {
    put(store, record(kToken, "example.com", {"a@dest.test", "b@dest.test"}));
    Text text;
    text.blocks = block("stranger@evil.test") + block("b@dest.test") + block("other@evil.test");
    take(kAddress, report_text(text));
    BOOST_REQUIRE(store.events_of(kToken).size() == 1);
    BOOST_TEST(store.events_of(kToken)[0].recipient == "b@dest.test");
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 1);
    BOOST_TEST(rows[0].mail.find("b@dest.test") != std::string::npos);
    BOOST_TEST(rows[0].mail.find("evil.test") == std::string::npos);
}

// The record's last recipient is the archive's copy.
BOOST_FIXTURE_TEST_CASE(the_archive_is_the_administrators_affair, Fixture) {
    const std::string other = std::string(40, 'c');
    for (const auto& token : {kToken, other}) {
        auto message = record(token, "example.com", {"a@dest.test", "archive@example.com"});
        message.archive = "archive@example.com";
        put(store, message);
    }
    const auto types = [&](const std::string& token) {
        std::string out;
        for (const auto& event : store.events_of(token)) out += event.type + " " + event.recipient + "; ";
        return out;
    };
    Text text;
    text.blocks = block("archive@example.com");
    take(kAddress, report_text(text));
    BOOST_TEST(types(kToken) == "archive archive@example.com; ");
    auto rows = outgoing();
    const auto notices = rows.size();   // one to each administrator
    BOOST_REQUIRE(notices > 0u);
    BOOST_TEST((rows[0].kind != store::Outgoing::Kind::handback));
    BOOST_TEST(rows[0].mail.find("a copy for the archive was not delivered") != std::string::npos);

    text.blocks = block("a@dest.test") + block("archive@example.com");
    take(other + "@bounce.example.com", report_text(text));
    BOOST_TEST(types(other) == "bounce a@dest.test; archive archive@example.com; ");
    rows = outgoing();
    BOOST_REQUIRE(rows.size() == notices + 1);   // the administrators heard of the archive today
    const auto held = store.held_notices("example.com", 0, 1'000'000);
    BOOST_REQUIRE(held.size() == 1U);
    BOOST_TEST(held[0].cause == "archive");
    BOOST_TEST(held[0].count == 1);
    BOOST_TEST(held[0].first.at(0).headline == "example.com: a copy for the archive was not delivered");
    BOOST_TEST((rows[notices].kind == store::Outgoing::Kind::handback));
    BOOST_TEST(rows[notices].mail.find("a@dest.test") != std::string::npos);
    BOOST_TEST(rows[notices].mail.find("archive@example.com") == std::string::npos);
    BOOST_TEST((rows[notices].event_ids == std::vector<std::string>{store.events_of(other)[0].id}));
}

BOOST_FIXTURE_TEST_CASE(what_matches_nothing_goes_to_the_administrators_only, Fixture) {
    put(store, record(kToken));
    Text text;
    text.blocks = block("stranger@evil.test");
    take(kAddress, report_text(text));
    BOOST_TEST(store.events_of(kToken).empty());
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 2);
    for (const auto& row : rows) {
        BOOST_TEST((row.kind == Kind::forward));
        BOOST_TEST(row.recipient.ends_with("@example.com"));
        BOOST_TEST(hops_of(row.mail) == 1);
        BOOST_TEST(row.mail.find("stranger@evil.test") != std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(the_bare_prefix_correlates_by_envelope_id_then_message_id, Fixture) {
    const struct {
        std::string envelope_id, message_id, recipient, want_token, want_matched_by;
    } rows[] = {
        {kToken, "<none@crm.test>", "nobody@dest.test", kToken, "envelope-id"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGH", "<none@crm.test>", "nobody@dest.test", kToken, "envelope-id"},
        {"", "<1@crm.test>", "nobody@dest.test", kOtherToken, "message-id"},      // the newer of two
        {"", "<1@crm.test>", "only-first@dest.test", kToken, "message-id"},       // the newest that holds it
        {kToken, "<1@crm.test>", "stranger@evil.test", "", ""},
        {"", "<1@crm.test>", "stranger@evil.test", "", ""},
        {"", "<none@crm.test>", "nobody@dest.test", "", ""},
        {"", "<elsewhere@crm.test>", "nobody@dest.test", "", ""},                 // example.com's: not this address's domain
    };
    for (const auto& row : rows) {
        Fixture fresh;
        auto first = record(kToken, "plus.test", {"nobody@dest.test", "only-first@dest.test"});
        put(fresh.store, first);
        auto second = record(kOtherToken, "plus.test");
        second.relayed_at += 5;
        put(fresh.store, second);
        auto foreign = record("y" + kToken.substr(1), "example.com");
        foreign.message_id = "<elsewhere@crm.test>";
        put(fresh.store, foreign);
        Text text;
        text.to = "bounce@plus.test";
        text.envelope_id = row.envelope_id;
        text.message_id = row.message_id;
        text.blocks = block(row.recipient);
        fresh.take("bounce@plus.test", report_text(text));
        const auto out = fresh.outgoing();
        BOOST_TEST_CONTEXT(row.envelope_id + row.message_id + row.recipient) {
            BOOST_REQUIRE(out.size() == 1);
            BOOST_TEST(out[0].recipient == (row.want_token.empty() ? "admin@plus.test" : "return-1@crm.test"));
            const auto events = fresh.store.events({});
            BOOST_REQUIRE(events.size() == (row.want_token.empty() ? 0u : 1u));
            if (row.want_token.empty()) continue;
            BOOST_TEST(events[0].token == row.want_token);
            BOOST_TEST(events[0].matched_by == row.want_matched_by);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(bounces_go_where_the_domain_says, Fixture) {
    const struct {
        conf::Bounces::To to;
        std::string address, sender;
        std::vector<std::string> want_recipients;
    } rows[] = {
        {conf::Bounces::To::crm, "", "return-1@crm.test", {"return-1@crm.test"}},
        {conf::Bounces::To::address, "bounces@example.com", "return-1@crm.test", {"bounces@example.com"}},
        {conf::Bounces::To::keep, "", "return-1@crm.test", {}},
        {conf::Bounces::To::crm, "", "", {}},
        {conf::Bounces::To::crm, "", "x@bounce.example.com", {"admin@example.com", "second@example.com"}},
        {conf::Bounces::To::crm, "", "bounce+x@plus.test", {"admin@example.com", "second@example.com"}},
        {conf::Bounces::To::crm, "", "sales@plus.test", {"sales@plus.test"}},
        {conf::Bounces::To::address, "2bounce@bounce.example.com", "return-1@crm.test", {"admin@example.com", "second@example.com"}},
    };
    for (const auto& row : rows) {
        Fixture fresh;
        auto made = config();
        made.domains[0].bounces = {row.to, row.address};
        fresh.use(std::move(made));
        auto sent = record(kToken);
        sent.sender = row.sender;
        put(fresh.store, sent);
        fresh.take(kAddress, report_text({}));
        std::vector<std::string> got;
        for (const auto& out : fresh.outgoing()) got.push_back(out.recipient);
        BOOST_TEST(got == row.want_recipients, boost::test_tools::per_element());
        BOOST_TEST(fresh.store.events_of(kToken).size() == 1u);
    }
}

BOOST_FIXTURE_TEST_CASE(a_cut_report_says_so, Fixture) {
    put(store, record(kToken));
    auto text = report_text({});
    text.resize(text.find("Subject: An offer"));
    take(kAddress, text, "", true);
    BOOST_TEST(document()["failure"]["truncated"] == true);
    BOOST_REQUIRE(outgoing().size() == 1);
    BOOST_TEST(outgoing()[0].mail.find("--b1--") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(mail_that_is_no_report_is_handed_on_a_few_times_a_day, Fixture) {
    put(store, record(kToken));
    for (int i = 0; i < 4; ++i) take(kAddress, "Subject: I am away\r\n\r\nback soon " + std::to_string(i) + "\r\n", i % 2 ? "someone@dest.test" : "");
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 4);   // forward_limit is 2, and both administrators hear once that it was passed
    BOOST_TEST(rows[2].recipient == "admin@example.com");
    BOOST_TEST((rows[0].kind == Kind::forward));
    BOOST_TEST(rows[0].recipient == "return-1@crm.test");
    BOOST_TEST(rows[0].mail == "X-Crmrelay-Hop: 1\r\nSubject: I am away\r\n\r\nback soon 0\r\n");
    BOOST_TEST(store.events_of(kToken).empty());
}

BOOST_FIXTURE_TEST_CASE(a_bounce_in_words_is_an_event, Fixture) {
    put(store, record(kToken));
    take(kAddress, "From: MAILER-DAEMON@dest.test\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at dest.test.\r\n\r\n<nobody@dest.test>:\r\n"
                   "Remote host said: 552 5.2.2 mailbox full\r\n\r\n<stranger@dest.test>:\r\nunknown user\r\n");
    BOOST_REQUIRE(store.events_of(kToken).size() == 1);   // the record holds no stranger
    const auto failure = document()["failure"];
    BOOST_TEST(document()["type"] == "bounce");
    BOOST_TEST(failure["recipient"] == "nobody@dest.test");
    BOOST_TEST(failure["reason"] == "mailboxfull");
    BOOST_TEST(failure["class"] == "soft");
    BOOST_TEST(failure["status"] == "5.2.2");
    BOOST_TEST(failure["code"] == 552);
    BOOST_REQUIRE(outgoing().size() == 1);
    BOOST_TEST(outgoing()[0].recipient == "return-1@crm.test");
    BOOST_TEST(outgoing()[0].event_ids == std::vector{document()["id"].get<std::string>()}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(complaints_and_auto_replies_are_events_of_their_own, Fixture) {
    const struct {
        std::string mail, want_type, want_reason;
    } rows[] = {
        {"From: nobody@dest.test\r\nSubject: Automatic reply: offer\r\nAuto-Submitted: auto-replied\r\n\r\nI am away\r\n", "autoreply", "vacation"},
        {"From: abuse@dest.test\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
         "Feedback-Type: abuse\r\nOriginal-Rcpt-To: nobody@dest.test\r\n--b--\r\n", "complaint", "feedback"},
    };
    for (const auto& row : rows) {
        Fixture fresh;
        put(fresh.store, record(kToken));
        fresh.take(kAddress, row.mail, "someone@dest.test");
        BOOST_REQUIRE(fresh.store.events_of(kToken).size() == 1);
        BOOST_TEST(fresh.document()["type"] == row.want_type);
        BOOST_TEST(fresh.document()["failure"]["reason"] == row.want_reason);
        BOOST_TEST(fresh.document()["failure"]["class"] == "other");
        BOOST_TEST(fresh.document()["failure"]["recipient"] == "nobody@dest.test");
        BOOST_REQUIRE(fresh.outgoing().size() == 1);
        BOOST_TEST(fresh.outgoing()[0].recipient == "return-1@crm.test");
    }
}

BOOST_FIXTURE_TEST_CASE(what_goes_round_ends, Fixture) {
    put(store, record(kToken));
    const struct {
        int hops;
        std::vector<std::string> want_recipients;
    } rows[] = {{3, {"return-1@crm.test"}}, {4, {"admin@example.com", "second@example.com"}}, {5, {}}};
    for (const auto& row : rows)
        for (const bool report : {false, true}) {
            Fixture fresh;
            put(fresh.store, record(kToken));
            Text text;
            text.top = hop_header(row.hops) + "\r\n";
            fresh.take(kAddress, report ? report_text(text) : text.top + "Subject: x\r\n\r\nx\r\n");
            std::vector<std::string> got;
            for (const auto& out : fresh.outgoing()) {
                got.push_back(out.recipient);
                BOOST_TEST(hops_of(out.mail) == row.hops + 1);
            }
            BOOST_TEST(got == row.want_recipients, boost::test_tools::per_element());
        }
}

BOOST_FIXTURE_TEST_CASE(roles_and_strays_go_to_the_administrators, Fixture) {
    for (const auto* address : {"postmaster@plus.test", "abuse@plus.test", "bounce@plus.test"}) {
        Fixture fresh;
        fresh.take(address, "Subject: hello\r\n\r\nhi\r\n", "someone@x.test");
        const auto rows = fresh.outgoing();
        BOOST_REQUIRE(rows.size() == 1);
        BOOST_TEST(rows[0].recipient == "admin@plus.test");
        BOOST_TEST(rows[0].mail == "X-Crmrelay-Hop: 1\r\nSubject: hello\r\n\r\nhi\r\n");
    }
}

BOOST_FIXTURE_TEST_CASE(each_recipient_of_a_message_is_told_its_own, Fixture) {
    put(store, record(kToken));
    const auto replies = deliver({kAddress, "gone@unknown.test", "postmaster@bounce.example.com"}, report_text({}));
    BOOST_REQUIRE(replies.size() == 3);
    BOOST_TEST(replies[0].code == 250);
    BOOST_TEST(replies[1].code == 451);
    BOOST_TEST(replies[2].code == 250);
    BOOST_TEST(outgoing().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(store_trouble_is_451, Fixture) {
    put(store, record(kToken));
    std::filesystem::resize_file(folder.path + "/store.db", 0);
    std::filesystem::remove(folder.path + "/store.db-wal");
    std::filesystem::remove(folder.path + "/store.db-shm");
    const auto replies = deliver({kAddress}, report_text({}));
    BOOST_TEST(replies.at(0).code == 451);
    BOOST_TEST(check(kAddress).starts_with("451 4.3.0"));
}

BOOST_FIXTURE_TEST_CASE(the_cap_is_the_configured_one, Fixture) {
    auto made = config();
    made.service.bounce_size_limit = 70'000;
    use(std::move(made));
    BOOST_TEST(intake->message_cap() == 70'000u);
}

}  // namespace
}  // namespace crmrelay::report
