// SPDX-License-Identifier: BSD-2-Clause
//
// What was done within a quarter of an hour is counted by kind and reason, and an older store counts what it still holds.
#include "store/activity.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

constexpr Seconds quarter = noon - noon % kQuarter;

Refusal refusal(const std::string& domain, const std::string& reason, Seconds time, bool observed = false) {
    return {domain, time, observed, reason, "550 5.7.1 no " + reason, "203.0.113.9", "crm@example.com"};
}

// "seconds after `quarter`:kind:reason:amount", in the order of the store.
std::string listed(Store& store, const std::string& domain, Seconds since = 0) {
    std::string out;
    store.each_activity(domain, since, [&](const Activity& a) {
        out += (out.empty() ? "" : " ") + std::to_string(a.at - quarter) + ":" + a.kind + ":" + a.reason + ":" + std::to_string(a.amount);
    });
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(activity)

BOOST_AUTO_TEST_CASE(is_counted) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 5; ++i) store.record_refusal(refusal("example.com", i % 2 ? "login" : "tls", quarter + i, i == 4));
    store.record_refusal(refusal("example.com", "tls", quarter + kQuarter));
    store.record_refusal(refusal("other.test", "from", quarter));
    BOOST_REQUIRE(record(store, sample_message("a", quarter)).durable);
    BOOST_REQUIRE(record(store, sample_message("b", quarter + kQuarter - 1)).durable);
    BOOST_REQUIRE(record(store, sample_message("c", quarter + kQuarter)).durable);
    const struct {
        std::string domain;
        Seconds since;
        std::string want;
    } rows[] = {
        {"example.com", 0, "0:observed:tls:1 0:refused:login:2 0:refused:tls:2 0:relayed::2 900:refused:tls:1 900:relayed::1"},
        {"example.com", quarter, "0:observed:tls:1 0:refused:login:2 0:refused:tls:2 0:relayed::2 900:refused:tls:1 900:relayed::1"},
        {"example.com", quarter + 1, "900:refused:tls:1 900:relayed::1"},
        {"example.com", quarter + kQuarter + 1, ""},
        {"other.test", 0, "0:refused:from:1"},
        {"none.test", 0, ""},
    };
    for (const auto& row : rows) BOOST_TEST(listed(store, row.domain, row.since) == row.want);
}

BOOST_AUTO_TEST_CASE(is_bounded) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 5000; ++i) store.record_refusal(refusal("example.com", "r" + std::to_string(i), noon));
    BOOST_REQUIRE(record(store, sample_message("a", noon)).durable);
    int rows = 0;
    store.each_activity("example.com", 0, [&](const Activity&) { ++rows; });
    BOOST_TEST(rows <= 4097);
    BOOST_TEST(rows > 100);
}

BOOST_AUTO_TEST_SUITE_END()
