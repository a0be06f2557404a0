// SPDX-License-Identifier: BSD-2-Clause
//
// Notices at 2bounce@: which are about our mail, and what they lead to.
#include "report/telling.hh"

#include <boost/test/unit_test.hpp>

#include "tests/report/intake_fixture.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Kind = store::Outgoing::Kind;
using Fixture = IntakeFixture;

store::Outgoing queued_row(Fixture& f, Kind kind, const std::string& queue_id) {
    store::Report report;
    store::Outgoing row;
    row.kind = kind;
    row.domain = "example.com";
    row.token = kToken;
    row.recipient = kind == Kind::handback ? "return-1@crm.test" : "admin@example.com";
    row.mail = "X-Crmrelay-Hop: 1\r\n\r\n";
    row.created_at = row.next_at = kNow;
    report.outgoing.push_back(row);
    put(f.store, report);
    const auto id = f.outgoing().at(0).id;
    if (!queue_id.empty()) f.store.mark_queued(id, queue_id, kNow);
    row.id = id;
    return row;
}

Text double_bounce(const std::string& queue_id, const std::string& recipient) {
    Text text;
    text.to = "2bounce@bounce.example.com";
    text.queue_id = queue_id;
    text.blocks = block(recipient, "failed", "5.7.1", "smtp; 550 5.7.1 we take no bounces");
    text.returned = "X-Crmrelay-Hop: 1\r\n";
    return text;
}

BOOST_FIXTURE_TEST_CASE(a_refused_hand_back_is_marked_and_told, Fixture) {
    put(store, record(kToken));
    queued_row(*this, Kind::handback, "4HAND1");
    for (int i = 0; i < 2; ++i) take("2bounce@bounce.example.com", report_text(double_bounce("4HAND1", "return-1@crm.test")), kDoubleBounce);
    const auto all = store.outgoing_of(kToken);
    BOOST_REQUIRE(all.size() == 3);
    BOOST_TEST((all[0].state == store::Outgoing::State::failed));
    BOOST_TEST(all[0].last_error == "550 5.7.1 we take no bounces");
    const auto events = store.events_of(kToken);
    BOOST_REQUIRE(events.size() == 1);
    BOOST_TEST(events[0].type == "handback-failed");
    BOOST_TEST(events[0].recipient == "return-1@crm.test");
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 2);
    BOOST_TEST((rows[0].kind == Kind::notice));
    BOOST_TEST(rows[0].recipient == "admin@example.com");
    for (const auto* part : {"return-1@crm.test", "550 5.7.1 we take no bounces", "What to do"}) BOOST_TEST(rows[0].mail.find(part) != std::string::npos, part);
}

BOOST_FIXTURE_TEST_CASE(a_refused_notice_makes_no_notice, Fixture) {
    put(store, record(kToken));
    queued_row(*this, Kind::notice, "4NOTE1");
    take("2bounce@bounce.example.com", report_text(double_bounce("4NOTE1", "admin@example.com")), kDoubleBounce);
    BOOST_TEST((store.outgoing_of(kToken).at(0).state == store::Outgoing::State::failed));
    BOOST_TEST(outgoing().empty());
    BOOST_TEST(store.events_of(kToken).empty());
}

BOOST_FIXTURE_TEST_CASE(a_foreign_double_bounce_is_passed_on, Fixture) {
    put(store, record(kToken));
    queued_row(*this, Kind::handback, "4HAND1");
    const Text texts[] = {double_bounce("4OTHER", "return-1@crm.test"), double_bounce("4HAND1", "someone-else@crm.test"), double_bounce("", "return-1@crm.test")};
    for (const auto& text : texts) take("2bounce@bounce.example.com", report_text(text), kDoubleBounce);
    take("2bounce@bounce.example.com", "Subject: no report\r\n\r\nx\r\n", kDoubleBounce);
    const auto rows = outgoing();
    BOOST_REQUIRE(rows.size() == 4);
    for (const auto& row : rows) BOOST_TEST(row.recipient == "postmaster");
    BOOST_TEST((store.outgoing_of(kToken).at(0).state == store::Outgoing::State::queued));
    auto made = config();
    made.service.former_2bounce_recipient = "root@example.com";
    use(std::move(made));
    take("2bounce@bounce.example.com", report_text(texts[0]), kDoubleBounce);
    BOOST_TEST(outgoing().back().recipient == "root@example.com");
}

BOOST_FIXTURE_TEST_CASE(a_double_bounce_that_outruns_its_queue_id_is_ours, Fixture) {
    put(store, record(kToken));
    const auto row = queued_row(*this, Kind::handback, "");
    on_settle = [&] { store.mark_queued(row.id, "4FAST1", kNow); };
    take("2bounce@bounce.example.com", report_text(double_bounce("4FAST1", "return-1@crm.test")), kDoubleBounce);
    BOOST_TEST(settled == 1);
    BOOST_TEST((store.outgoing_of(kToken).at(0).state == store::Outgoing::State::failed));
}

}  // namespace
}  // namespace crmrelay::report
