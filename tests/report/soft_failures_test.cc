// SPDX-License-Identifier: BSD-2-Clause
//
// Which reports count in an event's soft_count.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/report/intake_fixture.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Fixture = IntakeFixture;

// A soft failure is counted where the message's own return path had the report; what names the message by its ids is told and not counted.
BOOST_FIXTURE_TEST_CASE(soft_failures_are_counted_by_the_return_path, Fixture) {
    const auto token_of = [](char last) { return kToken.substr(0, 39) + last; };
    const struct {
        char token;
        std::string action, status, diagnostic;
        bool by_token;               // else by its Message-ID, at the bare prefix
        int want;
        std::string want_class;
    } rows[] = {
        {'a', "failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", true, 1, "soft"},
        {'b', "failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", true, 2, "soft"},
        {'c', "failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", false, 0, "soft"},
        {'d', "delayed", "4.2.2", "smtp; 452 4.2.2 mailbox full", true, 0, "soft"},
        {'e', "failed", "5.1.1", "smtp; 550 5.1.1 user unknown", true, 0, "hard"},
        {'f', "failed", "4.2.2", "smtp; 452 4.2.2 mailbox full", true, 3, "soft"},
        {'g', "delivered", "2.1.5", "smtp; 250 2.1.5 ok", true, 0, "other"},
        {'h', "failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", true, 1, "soft"},
    };
    for (const auto& row : rows) {
        auto message = record(token_of(row.token), row.by_token ? "example.com" : "plus.test");   // whose bare address is served
        message.message_id = std::string("<") + row.token + "@crm.test>";
        put(store, message);
        Text text;
        text.blocks = block("nobody@dest.test", row.action, row.status, row.diagnostic);
        text.message_id = message.message_id;
        take(row.by_token ? message.token + "@bounce.example.com" : "bounce@plus.test", report_text(text));
        const auto events = store.events_of(message.token);
        BOOST_TEST_CONTEXT(row.token) {
            BOOST_REQUIRE(events.size() == 1U);
            const auto json = nlohmann::json::parse(events[0].document);
            BOOST_TEST(json["failure"]["soft_count"] == row.want);
            BOOST_TEST(json["failure"]["class"] == row.want_class);
        }
    }
}

}  // namespace
}  // namespace crmrelay::report
