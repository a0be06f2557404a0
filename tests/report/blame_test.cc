// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of report/telling_blame.cc and report/notice_blame.cc: reports that blame us are told once a day each, and nobody's reports fill store or mailbox.
#include "report/notice.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "report/notice_texts.hh"
#include "tests/report/intake_fixture.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Fixture = IntakeFixture;

std::vector<store::Event> blamed(store::Store& store) {
    store::Store::EventQuery query;
    query.type = "blamed";
    return store.events(query);
}

std::ptrdiff_t notices(const std::vector<store::Outgoing>& rows) { return std::ranges::count(rows, store::Outgoing::Kind::notice, &store::Outgoing::kind); }

std::string report_saying(const std::string& status, const std::string& diagnostic, const char* action = "failed") {
    Text text;
    text.blocks = block("nobody@dest.test", action, status, "smtp; " + diagnostic);
    return report_text(text);
}

BOOST_AUTO_TEST_SUITE(blame)

BOOST_AUTO_TEST_CASE(who_is_blamed) {
    const struct {
        const char *status, *diagnostic, *action;
        bool want;
    } rows[] = {
        {"5.7.1", "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org", "failed", true},
        {"5.7.1", "554 5.7.1 <nobody@dest.test>: Relay access denied", "failed", true},
        {"5.7.25", "550 5.7.25 The IP address sending this message does not have a PTR record", "failed", true},
        {"5.1.1", "550 5.1.1 no such user", "failed", false},
        {"5.2.2", "552 5.2.2 mailbox full", "failed", false},
        {"5.7.1", "550 5.7.1 this message is spam", "failed", false},                                     // the content's fault
        {"4.7.1", "451 4.7.1 client host [192.0.2.1] blocked using zen.spamhaus.org", "delayed", false},   // not yet
    };
    for (const auto& row : rows) {
        Fixture here;
        put(here.store, record(kToken));
        here.take(kAddress, report_saying(row.status, row.diagnostic, row.action));
        BOOST_TEST((blamed(here.store).size() == 1) == row.want, row.diagnostic);
        BOOST_TEST(notices(here.outgoing()) == (row.want ? 2 : 0), row.diagnostic);   // two administrators
    }
}

BOOST_FIXTURE_TEST_CASE(each_cause_once_a_day, Fixture) {
    put(store, record(kToken));
    for (int i = 0; i < 20; ++i) {
        take(kAddress, report_saying("5.7.1", fmt::format("550 5.7.1 client host [192.0.2.{}] blocked using zen.spamhaus.org", i)));
        take(kAddress, report_saying("5.7.1", fmt::format("554 5.7.1 <x{}@dest.test>: Relay access denied", i)));
    }
    BOOST_TEST(blamed(store).size() == 2U);
    BOOST_TEST(notices(outgoing()) == 4);
    // Another process does not know what this one has told; the store does.
    intake.reset();
    use(config());
    take(kAddress, report_saying("5.7.1", "554 5.7.1 <y@dest.test>: Relay access denied"));
    BOOST_TEST(blamed(store).size() == 2U);
    BOOST_TEST(notices(outgoing()) == 4);
}

BOOST_FIXTURE_TEST_CASE(what_the_notice_says, Fixture) {
    put(store, record(kToken));
    take(kAddress, report_saying("5.7.1", "554 5.7.1 <nobody@dest.test>: Relay access denied"));
    const auto event = blamed(store).at(0);
    const auto words = blame_text(wording_of(nullptr), "example.com", event.document);
    BOOST_TEST(words.subject == "example.com: a recipient's server blames the sending side (norelaying)");
    std::string all;
    for (const auto& paragraph : words.paragraphs) all += paragraph + "\n";
    for (const char* want : {"to nobody@dest.test was not delivered", "mx.dest.test: ", "Relay access denied", "postconf relayhost transport_maps", "counts as no failure", "--domain example.com"})
        BOOST_TEST(all.find(want) != std::string::npos, want << " is not in " << all);
    for (const auto& row : outgoing())
        if (row.kind == store::Outgoing::Kind::notice) BOOST_TEST(notice_about(event, row, nullptr, kNow).ok());
    auto damaged = event;
    damaged.document = "{";
    BOOST_TEST(!text_about(wording_of(nullptr), damaged).ok());
}

// Of one message; each report is a little different.
BOOST_FIXTURE_TEST_CASE(reports_without_end, Fixture) {
    put(store, record(kToken));
    for (int i = 0; i < 200; ++i) take(kAddress, report_saying("5.7.1", fmt::format("550 5.7.1 blocked for reason {}", i)));
    BOOST_TEST(store.events_of(kToken).size() == 110U);   // a hundred, and ten for its one recipient
}

// Reports that match nothing, about many messages: the administrators hear of each cause once.
BOOST_FIXTURE_TEST_CASE(strangers_reports_about_many_messages, Fixture) {
    const std::string letters = "abcdefghijklmnopqrstuvwxyz234567";
    for (int i = 0; i < 60; ++i) {
        auto token = kToken;
        token[0] = letters[static_cast<std::size_t>(i % 32)];
        token[1] = letters[static_cast<std::size_t>(i / 32)];
        put(store, record(token));
        Text text;
        text.to = token + "@bounce.example.com";
        text.blocks = block("stranger@dest.test");
        text.message_id = "<none@crm.test>";
        for (int report = 0; report < 4; ++report) take(text.to, report_text(text));
    }
    const auto rows = store.due(base::now() + 10, 1000);
    BOOST_TEST(rows.size() == 2U * 2);   // two administrators; that a report matches nothing, and that forward_limit is reached
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace crmrelay::report
