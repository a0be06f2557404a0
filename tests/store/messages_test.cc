// SPDX-License-Identifier: BSD-2-Clause
//
// A relayed message comes back whole, by token, Message-ID or queue id.
#include "store/messages.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(comes_back_whole) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto sent = sample_message("k1abc");
    sent.envid = "crm+2Bid";
    sent.ret = "FULL";
    sent.size = 1ULL << 40;
    BOOST_REQUIRE(record(store, sent).durable);
    const auto found = store.find_message("k1abc");
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->token == sent.token);
    BOOST_TEST(found->relayed_at == sent.relayed_at);
    BOOST_TEST(found->domain == sent.domain);
    BOOST_TEST(found->queue_id == sent.queue_id);
    BOOST_TEST(found->message_id == sent.message_id);
    BOOST_TEST(found->sender == sent.sender);
    BOOST_TEST(found->envid == sent.envid);
    BOOST_TEST(found->ret == sent.ret);
    BOOST_TEST(found->from == sent.from);
    BOOST_TEST(found->login == sent.login);
    BOOST_TEST(found->client == sent.client);
    BOOST_TEST(found->size == sent.size);
    BOOST_REQUIRE(found->recipients.size() == 2U);
    BOOST_TEST(found->recipients[0].orcpt == "rfc822;nobody@dest.test");
    BOOST_TEST(found->recipients[0].notify == "FAILURE,DELAY");
    BOOST_TEST(found->recipients[1].address == "umlaut-\xc3\xbc@dest.test");
    BOOST_TEST((found->headers == sent.headers));
    BOOST_TEST(!store.find_message("k1abd"));
    BOOST_TEST(!store.find_message(""));
}

BOOST_AUTO_TEST_CASE(newest_first) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const Seconds times[] = {noon, noon + 5, noon - 3 * day, noon - 3 * day + 1, noon + 5};   // hours out of order
    for (int i = 0; i < 5; ++i) {
        auto m = sample_message("t" + std::to_string(i), times[i]);
        m.message_id = "<same@crm.test>";
        m.queue_id = "SAME";
        BOOST_REQUIRE(record(store, m).durable);
    }
    BOOST_REQUIRE(record(store, sample_message("other")).durable);
    const auto tokens = [](const std::vector<Message>& messages) {
        std::string text;
        for (const auto& m : messages) text += m.token + " ";
        return text;
    };
    const struct {
        int limit;
        std::string want_tokens;
    } rows[] = {{10, "t4 t1 t0 t3 t2 "}, {3, "t4 t1 t0 "}, {1, "t4 "}};
    for (const auto& row : rows) {
        BOOST_TEST(tokens(store.find_by_message_id("<same@crm.test>", row.limit)) == row.want_tokens);
        BOOST_TEST(tokens(store.find_by_queue_id("SAME", row.limit)) == row.want_tokens);
    }
    BOOST_TEST(tokens(store.find_by_message_id("<other@crm.test>", 9)) == "other ");
    BOOST_TEST(store.find_by_message_id("<SAME@crm.test>", 9).empty());
    BOOST_TEST(store.find_by_queue_id("none", 9).empty());
}

BOOST_AUTO_TEST_CASE(usage_by_minute_and_login) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    const struct {
        Seconds at;
        const char* login;
        const char* domain;
    } sent[] = {{noon + 3, "b@x", "example.com"}, {noon, "a@x", "example.com"},       {noon + 59, "a@x", "example.com"}, {noon - 1, "a@x", "example.com"},
                {noon, "", "example.com"},        {noon - 7200, "a@x", "example.com"}, {noon, "a@x", "example.org"},      {noon - 7201, "a@x", "example.com"}};
    int number = 0;
    for (const auto& row : sent) {
        auto message = sample_message("t" + std::to_string(++number), row.at);
        message.login = row.login;
        message.domain = row.domain;
        BOOST_REQUIRE(record(store, message).durable);
    }
    std::string got;
    for (const auto& [at, login, messages] : store.used_since("example.com", noon - 7200)) got += std::to_string(at - noon) + " " + login + " " + std::to_string(messages) + "; ";
    BOOST_TEST(got == "-7200 a@x 1; -60 a@x 1; 0  1; 0 a@x 2; 0 b@x 1; ");
    BOOST_TEST(store.used_since("example.net", 0).empty());
}

BOOST_AUTO_TEST_CASE(nothing_in_an_empty_store) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(store.find_by_message_id("<a@b>", 9).empty());
    BOOST_TEST(store.find_by_queue_id("A", 9).empty());
    BOOST_TEST(!store.last_relayed("example.com"));
}

BOOST_AUTO_TEST_CASE(a_token_twice_is_refused) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, sample_message("t1")).durable);
    const auto again = record(store, sample_message("t1"));
    BOOST_TEST(!again.durable);
    BOOST_TEST(holds(again.error, postgres() ? "violates unique constraint \"messages_20261125_token_hour_key\"" : "UNIQUE constraint failed: messages.token"), again.error);
    BOOST_TEST(holds(again.error, directory.url()), again.error);
    BOOST_TEST(store.counts("example.com", noon).relayed == 1);
}

BOOST_AUTO_TEST_SUITE_END()
