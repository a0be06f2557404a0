// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of store/standings.cc and of what decides within the store's transaction: nothing is lost where two servers change one row.
#include <boost/test/unit_test.hpp>

#include "store/session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Outcome change(Store& store, Decide decide, const std::string& domain = "example.com") {
    return outcome_of([&](Done done) { store.change_standing(domain, std::move(decide), std::move(done)); });
}

StandingChange one_more(const Standing& before) {
    StandingChange out{true, before, {}};
    ++out.standing.today;
    ++out.standing.in_a_row;
    return out;
}

Standing full() {
    Standing out;
    out.domain = "example.com";
    out.day = 20782;
    out.today = 7;
    out.in_a_row = 3;
    out.failures = {{noon, "network", "550 5.7.1 a, b: \"c\"", "192.0.2.1", "crm@example.com", "4F1"}, {noon + 1, "tls", "", "", "", ""}};
    out.warned_on = 20782;
    out.told_on = 20781;
    out.password_on = 20780;
    out.suspended_at = noon + 2;
    out.until = noon + 3;
    out.why = "3 failures";
    out.by_hand = true;
    return out;
}

// Writes `count` failures; each seventh asks for a notice.
int count_up(const Directory& directory, int count) {
    Store store(directory.url(), Open::create);
    for (int i = 0; i < count; ++i) {
        const auto outcome = change(store, [&](const Standing& before) {
            auto out = one_more(before);
            if (out.standing.today % 7 != 0) return out;
            auto event = sample_event("evt_" + std::to_string(out.standing.today), "", "");
            event.type = "strike";
            out.report.events = {event};
            auto notice = sample_outgoing("");
            notice.kind = Outgoing::Kind::notice;
            notice.event_ids = {event.id};
            out.report.outgoing = {notice};
            return out;
        });
        if (!outcome.durable) return 1;
    }
    return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standings)

BOOST_AUTO_TEST_CASE(written_and_read) {
    const Directory directory;
    const auto want = full();
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(store.standing("example.com").day == -1);
        BOOST_TEST(store.standings().empty());
        BOOST_TEST(change(store, [&](const Standing&) { return StandingChange{true, want, {}}; }).durable);
        change(store, [](const Standing& before) { return StandingChange{false, before, {}}; }, "example.org");
    }
    Store again(directory.url(), Open::create);
    BOOST_REQUIRE(again.standings().size() == 1U);
    const auto got = again.standings().front();
    BOOST_TEST(got.domain == want.domain);
    BOOST_TEST((got.day == want.day && got.today == want.today && got.in_a_row == want.in_a_row));
    BOOST_TEST((got.warned_on == want.warned_on && got.told_on == want.told_on && got.password_on == want.password_on));
    BOOST_TEST((got.suspended_at == want.suspended_at && got.until == want.until && got.why == want.why && got.by_hand));
    BOOST_REQUIRE(got.failures.size() == 2U);
    BOOST_TEST((got.failures[0].time == noon && got.failures[0].reason == "network" && got.failures[0].text == want.failures[0].text));
    BOOST_TEST((got.failures[0].client == "192.0.2.1" && got.failures[0].login == "crm@example.com" && got.failures[0].queue_id == "4F1"));
    BOOST_TEST(got.failures[1].reason == "tls");
    BOOST_TEST((got.is_suspended(noon + 2) && !got.is_suspended(noon + 3)));
}

BOOST_AUTO_TEST_CASE(a_relayed_message_ends_the_row_of_its_domain_alone) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (const char* domain : {"example.com", "example.org"})
        change(store, [&](const Standing& before) { auto out = one_more(before); out.standing.failures = full().failures; out.standing.suspended_at = noon; return out; }, domain);
    BOOST_TEST(record(store, sample_message("a1")).durable);
    const auto com = store.standing("example.com"), org = store.standing("example.org");
    BOOST_TEST((com.in_a_row == 0 && com.failures.empty() && com.today == 1 && com.suspended_at == noon));
    BOOST_TEST((org.in_a_row == 1 && org.failures.size() == 2U));
}

BOOST_AUTO_TEST_CASE(two_servers_lose_nothing_and_tell_once) {
    const Directory directory;
    constexpr int count = 140;
    const pid_t first = fork_child([&] { return count_up(directory, count); });
    const pid_t second = fork_child([&] { return count_up(directory, count); });
    BOOST_TEST(exit_status(first) == 0);
    BOOST_TEST(exit_status(second) == 0);
    Store store(directory.url(), Open::existing);
    BOOST_TEST(store.standing("example.com").today == 2 * count);
    BOOST_TEST(store.events({}).size() == 2U * count / 7);
    BOOST_TEST(store.outbox_depth("") == 2 * count / 7);
}

BOOST_AUTO_TEST_CASE(purged_when_old_unless_suspended) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (const char* domain : {"old.test", "off.test", "new.test"})
        change(store, [&](const Standing& before) {
            auto out = one_more(before);
            out.standing.day = noon / day - (out.standing.domain == "new.test" ? 0 : 40);
            if (out.standing.domain == "off.test") out.standing.suspended_at = noon;
            return out;
        }, domain);
    BOOST_TEST(purge(store, noon - 30 * day).durable);
    BOOST_REQUIRE(store.standings().size() == 2U);
    BOOST_TEST(store.standings()[0].domain == "new.test");
    BOOST_TEST(store.standings()[1].domain == "off.test");
}

BOOST_AUTO_TEST_SUITE_END()
