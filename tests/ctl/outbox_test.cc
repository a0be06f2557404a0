// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl outbox and webhook on a store with a mail that waits and two dead letters.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;
using State = store::Outgoing::State;

struct Filled {
    test::Installation here;

    Filled() {
        store::Report report;
        for (const char* domain : {"example.com", "example.com", "other.test"}) {
            const auto number = std::to_string(report.outgoing.size() + 1);
            auto row = store::webhook_row(test::sample_event("evt_" + number, "bounce", 1'795'437'358), "https://hooks.test/\x1b[31m", 1'795'437'358);
            row.domain = domain;
            row.last_error = "500 from 192.0.2.1";
            row.mail = "{\"id\":\"evt_" + number + "\"}";
            if (number != "1") row.state = State::failed;
            report.outgoing.push_back(row);
        }
        here.record(report);
    }
    State state(std::int64_t id) const {
        State out = State::pending;
        here.with_store([&](store::Store& store) { out = store.find_outgoing(id)->state; });
        return out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_outbox)

BOOST_AUTO_TEST_CASE(listed) {
    const Filled filled;
    const auto ids = [&](Arguments more) {
        more.insert(more.end(), {"--json"});
        const auto printed = filled.here.run(outbox, more);
        BOOST_TEST(printed.status == kFine, printed.error);
        std::string out;
        const auto json = Json::parse(printed.out);
        for (const auto& row : json.at("reports")) out += row.at("id").dump() + " ";
        return out;
    };
    BOOST_TEST(ids({}) == "3 2 1 ");
    BOOST_TEST(ids({"list"}) == "3 2 1 ");
    BOOST_TEST(ids({"list", "--state", "failed"}) == "3 2 ");
    BOOST_TEST(ids({"list", "--state", "failed", "--domain", "Example.com"}) == "2 ");
    BOOST_TEST(ids({"list", "--state", "pending"}) == "1 ");
    BOOST_TEST(ids({"list", "--state", "delivered"}) == "");
    BOOST_TEST(ids({"--limit", "1"}) == "3 ");
    const auto text = filled.here.run(outbox, {});
    BOOST_TEST(text.out.find("1 waiting, 2 dead letters\n") != std::string::npos, text.out);
    BOOST_TEST(text.out.find('\x1b') == std::string::npos);
    const auto shown = filled.here.run(outbox, {"show", "2", "--json"});
    const auto json = Json::parse(shown.out);
    BOOST_TEST(json.at("kind") == "webhook");
    BOOST_TEST(json.at("state") == "failed");
    BOOST_TEST(json.at("content") == "{\"id\":\"evt_2\"}");
    BOOST_TEST(json.at("next").is_null());
    BOOST_TEST(filled.here.run(outbox, {"show", "2"}).out.find("500 from 192.0.2.1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(retried_and_dropped) {
    const Filled filled;
    BOOST_TEST(filled.here.run(outbox, {"retry", "2"}).status == kFine);
    BOOST_TEST((filled.state(2) == State::pending));
    BOOST_TEST(filled.here.run(outbox, {"drop", "--all", "--domain", "example.com"}).out == "0 dropped\n");
    BOOST_TEST(filled.here.run(outbox, {"retry", "--all"}).out == "1 to be tried now\n");
    BOOST_TEST((filled.state(3) == State::pending));
    BOOST_TEST(filled.here.run(outbox, {"drop", "1"}).status == kFine);
    BOOST_TEST((filled.state(1) == State::dropped));
    BOOST_TEST(filled.here.run(outbox, {"drop", "1"}).status == kWrong);
    BOOST_TEST(filled.here.run(outbox, {"retry", "1"}).status == kWrong);
    BOOST_TEST(filled.here.run(outbox, {"show", "99"}).status == kWrong);
}

BOOST_AUTO_TEST_CASE(wrong_words) {
    const test::Installation here;
    for (const Arguments& words : std::vector<Arguments>{{"look"}, {"show"}, {"retry"}, {"drop"}, {"retry", "1", "--all"}, {"list", "1"}, {"show", "x"}, {"list", "--all"},
                                                         {"list", "--state", "x"}, {"drop", "1", "--domain", "example.com"}})
        BOOST_TEST(here.run(outbox, words).status == kUsage, words.front());
    BOOST_TEST(here.run(webhook, {"test", "example.com"}).status == kWrong);   // it has none
    BOOST_TEST(here.run(webhook, {"enable", "example.com"}).status == kWrong);
    BOOST_TEST(here.run(webhook, {"test", "nobody.test"}).status == kWrong);
    BOOST_TEST(here.run(webhook, {"send", "example.com"}).status == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
