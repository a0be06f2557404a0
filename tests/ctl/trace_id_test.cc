// SPDX-License-Identifier: BSD-2-Clause
//
// What an administrator pastes leads to the message.
#include "ctl/trace_id.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(trace_id)

BOOST_AUTO_TEST_CASE(finds_the_token) {
    const std::string token = test::kToken;
    const std::string upper = "K5XW2ZLOMFZGS3DFNRQXS2LOM4QHI33LMVXC4ABC";
    const struct {
        std::string id;
        std::optional<std::string> want;
    } cases[] = {
        {token, token},
        {upper, token},
        {token + "@bounce.example.com", token},
        {"<bounce+" + upper + "@EXAMPLE.com>", token},
        {token.substr(1), std::nullopt},
        {"1" + token.substr(1), std::nullopt},
        {"A407AA720B3", std::nullopt},
        {"<m1@crm.example.net>", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& c : cases) BOOST_TEST((token_in(c.id) == c.want), c.id);
    BOOST_TEST((message_id_in("m1@crm") == std::optional<std::string>("<m1@crm>")));
    BOOST_TEST((message_id_in("<m1@crm>") == std::optional<std::string>("<m1@crm>")));
    BOOST_TEST(!message_id_in("A407AA720B3"));
}

BOOST_AUTO_TEST_CASE(finds_the_message) {
    const test::Installation here;
    here.record(test::sample_message());
    store::Outgoing report;
    report.domain = "example.com";
    report.token = test::kToken;
    report.recipient = "return@crm.example.net";
    report.mail = "Subject: x\r\n\r\n";
    report.created_at = 1'795'437'360;
    here.record(store::Report{{}, {report}, false});
    here.with_store([&](store::Store& store) {
        const auto due = store.due(2'000'000'000, 10);
        BOOST_REQUIRE(due.size() == 1U);
        store.mark_queued(due.front().id, "B407AA720B4", 1'795'437'361);
        for (const std::string id : {test::kToken, "<m1@crm.example.net>", "m1@crm.example.net", "A407AA720B3", "B407AA720B4"})
            BOOST_TEST_CONTEXT(id) {
                const auto found = find_messages(store, id);
                BOOST_REQUIRE(found.size() == 1U);
                BOOST_TEST(found.front().token == test::kToken);
            }
        for (const std::string id : {"", "nothing", "<m2@crm.example.net>", "A407AA720B"}) BOOST_TEST(find_messages(store, id).empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
