// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl status, trace and bounces on a store with one message, its bounce and its hand-back.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

struct Filled {
    test::Installation here;

    Filled() {
        const auto message = test::sample_message();
        here.record(message);
        auto bounce = test::sample_event("evt_bounce", "bounce", message.relayed_at + 10);
        auto delay = test::sample_event("evt_delay", "delay", message.relayed_at + 5);
        bounce.diagnostic = "=550 \"No\"\x1b[31m";
        store::Outgoing handback;
        handback.domain = message.domain;
        handback.token = message.token;
        handback.event_ids = {"evt_bounce"};
        handback.recipient = message.sender;
        handback.mail = "Subject: x\r\n\r\n";
        handback.created_at = message.relayed_at + 10;
        handback.next_at = message.relayed_at + 10;
        here.record(store::Report{{delay, bounce}, {handback}, true});
        here.with_store([&](store::Store& store) {
            store.record_refusal({"example.com", message.relayed_at, false, "network", "550 5.7.1 example.com: no [crmrelay:network]", "198.51.100.7",
                                  "crm@example.com"});
        });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(listings)

BOOST_AUTO_TEST_CASE(a_message_is_traced_from_end_to_end) {
    const Filled filled;
    for (const auto& id : {std::string(test::kToken), std::string("<K5XW2ZLOMFZGS3DFNRQXS2LOM4QHI33LMVXC4ABC@bounce.example.com>"),
                           std::string("A407AA720B3"), std::string("m1@crm.example.net")})
        BOOST_TEST_CONTEXT(id) {
            const auto printed = filled.here.run(trace, {id});
            BOOST_TEST(printed.status == kFine, printed.error);
            const auto relayed = printed.out.find("2026-11-23 12:35:58Z  relayed"), delay = printed.out.find("  delay\n"),
                       bounce = printed.out.find("  bounce\n"), handback = printed.out.find("  hand-back\n");
            BOOST_TEST(relayed == 0U);
            BOOST_TEST(relayed < delay);
            BOOST_TEST(delay < bounce);
            BOOST_TEST(bounce < handback);
            BOOST_TEST(handback != std::string::npos);
            for (const auto& want : std::vector<std::string>{"<return@crm.example.net>", std::string("<") + test::kToken + "@bounce.example.com>",
                                                             "CRM-1", "192.0.2.10", "return-path", "pending"})
                BOOST_TEST(printed.out.find(want) != std::string::npos, want << " is not in:\n" << printed.out);
            BOOST_TEST(printed.out.find('\x1b') == std::string::npos);
        }
}

BOOST_AUTO_TEST_CASE(tracing_nothing) {
    const Filled filled;
    const auto printed = filled.here.run(trace, {"unknown"});
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(printed.error.find("unknown") != std::string::npos);
    BOOST_TEST(filled.here.run(trace, {}).status == kUsage);
    BOOST_TEST(Json::parse(filled.here.run(trace, {"unknown", "--json"}).out).empty());
}

BOOST_AUTO_TEST_CASE(a_trace_for_programs) {
    const Filled filled;
    const auto json = Json::parse(filled.here.run(trace, {"A407AA720B3", "--json"}).out);
    BOOST_REQUIRE(json.size() == 1U);
    BOOST_TEST(json[0]["token"] == test::kToken);
    BOOST_TEST(json[0]["steps"].size() == 4U);
    BOOST_TEST(json[0]["steps"][3]["what"] == "hand-back");
}

BOOST_AUTO_TEST_CASE(bounces_as_a_table_csv_and_json) {
    const Filled filled;
    const auto text = filled.here.run(bounces, {});
    BOOST_TEST(text.status == kFine);
    BOOST_TEST(text.out.find("nobody@dest.test") != std::string::npos);
    BOOST_TEST(text.out.find("delay") == std::string::npos);
    BOOST_TEST(text.out.find('\x1b') == std::string::npos);
    const auto csv = filled.here.run(bounces, {"--csv"});
    BOOST_TEST(csv.out.starts_with("\"time\",\"type\""));
    BOOST_TEST(csv.out.find("\"'=550 \"\"No\"\"?[31m\"") != std::string::npos, csv.out);
    const auto json = Json::parse(filled.here.run(bounces, {"--json", "--all"}).out);
    BOOST_REQUIRE(json.size() == 2U);
    BOOST_TEST(json[0]["id"] == "evt_bounce");   // newest first
    BOOST_TEST(json[1]["id"] == "evt_delay");
}

BOOST_AUTO_TEST_CASE(bounces_of_a_domain_and_a_time) {
    const Filled filled;
    const struct {
        Arguments arguments;
        std::size_t want;
    } cases[] = {
        {{"--domain", "example.com"}, 1},
        {{"--domain", "Example.COM"}, 1},
        {{"--domain", "example.org"}, 0},
        {{"--since", "2026-11-23"}, 1},
        {{"--since", "2026-11-23T12:36:08Z"}, 1},
        {{"--since", "2026-11-23T12:36:09Z"}, 0},
        {{"--all", "--limit", "1"}, 1},
    };
    for (auto c : cases) {
        c.arguments.push_back("--json");
        const auto printed = filled.here.run(bounces, c.arguments);
        BOOST_TEST(Json::parse(printed.out).size() == c.want, c.arguments[1]);
    }
    BOOST_TEST(filled.here.run(bounces, {"--since", "yesterday"}).status == kUsage);
    BOOST_TEST(filled.here.run(bounces, {"--domain", "nowhere.test"}).status == kWrong);
    BOOST_TEST(filled.here.run(bounces, {"--csv", "--json"}).status == kUsage);
}

BOOST_AUTO_TEST_CASE(status_of_all_and_of_one) {
    const Filled filled;
    const auto all = filled.here.run(status, {});
    BOOST_TEST(all.status == kFine);
    BOOST_TEST(all.out.find("example.com  active") != std::string::npos, all.out);
    BOOST_TEST(all.out.find("example.org  observing") != std::string::npos, all.out);
    const auto one = filled.here.run(status, {"Example.com"});
    for (const char* const want : {"active", "1 waiting", "A407AA720B3", "network, client 198.51.100.7, login crm@example.com", "[crmrelay:network]",
                                   "<nobody@dest.test> 5.1.1"})
        BOOST_TEST(one.out.find(want) != std::string::npos, want << " is not in:\n" << one.out);
    const auto json = Json::parse(filled.here.run(status, {"--json"}).out);
    BOOST_REQUIRE(json.size() == 2U);
    BOOST_TEST(json[0]["domain"] == "example.com");
    BOOST_TEST(json[0]["outbox"] == 1);
    BOOST_TEST(json[0]["last_refusal"]["reason"] == "network");
    BOOST_TEST(json[1]["last_relayed"].is_null());
    BOOST_TEST(filled.here.run(status, {"nowhere.test"}).status == kWrong);
}

BOOST_AUTO_TEST_CASE(without_a_store) {
    const test::Installation here;
    BOOST_CHECK_THROW(here.run(status, {}), std::exception);   // main() prints it
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
