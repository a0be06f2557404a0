// SPDX-License-Identifier: BSD-2-Clause
//
// The outbox: due rows, their way to queued or failed, and the daily count of messages handed on.
#include "store/outbox.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

struct Filled {
    Directory directory;
    Store store{directory.url(), Open::create};
    Filled() {
        Report report;
        for (const auto& [token, next_at] : {std::pair{"late", noon + 60}, std::pair{"early", noon - 60}, std::pair{"now", noon}}) report.outgoing.push_back(sample_outgoing(token, next_at));
        report.outgoing[2].domain = "other.test";
        BOOST_REQUIRE(record(store, report).durable);
    }
};

std::string tokens(const std::vector<Outgoing>& rows) {
    std::string text;
    for (const auto& row : rows) text += row.token + " ";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outbox)

BOOST_FIXTURE_TEST_CASE(comes_back_whole, Filled) {
    const auto sent = sample_outgoing("now");
    const auto due = store.due(noon, 10);
    BOOST_REQUIRE(due.size() == 2U);
    const auto& row = due[1];
    BOOST_TEST(row.id > 0);
    BOOST_TEST((row.kind == Outgoing::Kind::handback));
    BOOST_TEST((row.state == Outgoing::State::pending));
    BOOST_TEST(row.domain == "other.test");
    BOOST_TEST(row.event_ids == sent.event_ids, boost::test_tools::per_element());
    BOOST_TEST(row.recipient == sent.recipient);
    BOOST_TEST((row.mail == sent.mail));
    BOOST_TEST(row.created_at == noon);
    BOOST_TEST(row.next_at == noon);
    BOOST_TEST(row.attempts == 0);
    const auto listed = store.outgoing_of("now");
    BOOST_REQUIRE(listed.size() == 1U);
    BOOST_TEST(listed[0].id == row.id);
    BOOST_TEST(listed[0].mail.empty());
}

BOOST_FIXTURE_TEST_CASE(due_rows, Filled) {
    const struct {
        Seconds now;
        int limit;
        std::string want_tokens;
    } rows[] = {{noon - 61, 10, ""}, {noon - 60, 10, "early "}, {noon, 10, "early now "}, {noon + 60, 10, "early now late "}, {noon + 60, 2, "early now "}};
    for (const auto& row : rows) BOOST_TEST(tokens(store.due(row.now, row.limit)) == row.want_tokens);
    BOOST_TEST(store.next_due().value() == noon - 60);
}

BOOST_FIXTURE_TEST_CASE(its_way, Filled) {
    const auto due = store.due(noon, 10);
    BOOST_REQUIRE(due.size() == 2U);
    store.postpone(due[0].id, noon + 3600, "451 try later");
    BOOST_TEST(tokens(store.due(noon + 60, 10)) == "now late ");
    BOOST_TEST(store.next_due().value() == noon);
    const auto postponed = store.outgoing_of("early");
    BOOST_TEST(postponed[0].attempts == 1);
    BOOST_TEST(postponed[0].last_error == "451 try later");
    store.put_off(due[0].id, noon + 7200, "waits");
    BOOST_TEST(store.outgoing_of("early")[0].next_at == noon + 7200);
    BOOST_TEST(store.outgoing_of("early")[0].attempts == 1);

    store.mark_queued(due[1].id, "4ABCDEF", noon);
    BOOST_TEST(tokens(store.due(noon + 60, 10)) == "late ");
    const auto queued = store.find_outgoing_by_queue_id("4ABCDEF");
    BOOST_REQUIRE(queued.has_value());
    BOOST_TEST(queued->token == "now");
    BOOST_TEST((queued->state == Outgoing::State::queued));
    BOOST_TEST(queued->mail.empty());
    store.postpone(due[1].id, noon, "too late");   // no longer pending: nothing changes
    BOOST_TEST((store.find_outgoing_by_queue_id("4ABCDEF")->state == Outgoing::State::queued));

    store.mark_failed(due[1].id, "550 refused");
    const auto failed = store.find_outgoing_by_queue_id("4ABCDEF");
    BOOST_TEST((failed->state == Outgoing::State::failed));
    BOOST_TEST(failed->last_error == "550 refused");
    BOOST_TEST(!store.find_outgoing_by_queue_id(""));
    BOOST_TEST(!store.find_outgoing_by_queue_id("none"));
    store.mark_queued(999, "X", noon);   // a row that is gone
    BOOST_TEST(!store.find_outgoing_by_queue_id("X"));
}

BOOST_FIXTURE_TEST_CASE(depth, Filled) {
    BOOST_TEST(store.outbox_depth("") == 3);
    BOOST_TEST(store.outbox_depth("example.com") == 2);
    BOOST_TEST(store.outbox_depth("other.test") == 1);
    BOOST_TEST(store.outbox_depth("none") == 0);
    for (const auto& row : store.due(noon + 60, 10)) store.mark_queued(row.id, "Q", noon);
    BOOST_TEST(store.outbox_depth("") == 0);
    BOOST_TEST(!store.next_due());
}

BOOST_AUTO_TEST_CASE(every_kind_and_state) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (const auto kind : {Outgoing::Kind::handback, Outgoing::Kind::forward, Outgoing::Kind::notice})
        for (const auto state : {Outgoing::State::pending, Outgoing::State::queued, Outgoing::State::failed, Outgoing::State::dropped}) {
            const std::string token = std::string(name_of(kind)) + std::string(name_of(state));
            auto row = sample_outgoing(token);
            row.kind = kind;
            row.state = state;
            BOOST_REQUIRE(record(store, Report{{}, {row}, true}).durable);
            const auto found = store.outgoing_of(token);
            BOOST_REQUIRE(found.size() == 1U);
            BOOST_TEST((found[0].kind == kind && found[0].state == state), token);
        }
}

BOOST_AUTO_TEST_CASE(handed_on_a_day) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const struct {
        const char* token;
        Seconds now;
        int limit;
        bool want;
    } rows[] = {{"t", noon, 2, true}, {"t", noon + 1, 2, true}, {"t", noon + 2, 2, false}, {"t", noon + 3, 3, true}, {"u", noon, 2, true}, {"t", noon + day, 2, true}, {"v", noon, 0, false}};
    for (const auto& row : rows) BOOST_TEST(store.count_forward(row.token, row.now, row.limit) == row.want, row.token << " " << row.now);
}

BOOST_AUTO_TEST_SUITE_END()
