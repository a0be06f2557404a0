// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of store/refusals.cc: what is kept of refusals, and that neither strangers nor two servers make it grow.
#include "store/refusals.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "store/session.hh"
#include "store/sqlite_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

Refusal refusal(const std::string& domain, int number, bool proved) {
    Refusal out{domain, noon + number, false, "network", fmt::format("550 5.7.1 number {}", number), "203.0.113.9", "crm@example.com"};
    out.proved = proved;
    out.tls = "TLSv1.3";
    out.from = "Sales <sales@example.com>";
    out.queue_id = fmt::format("4F{}", number);
    out.instance = fmt::format("1a.{}", number);
    out.why = "client 203.0.113.9 is not in this domain's networks";
    return out;
}

// A second of refusals, which go with a write.
void second_of(Store& store, const std::string& domain, int first, int count, bool proved) {
    for (int i = 0; i < count; ++i) store.record_refusal(refusal(domain, first + i, proved));
    store.check_writable();
}

long long rows(const Directory& directory) {
    SqliteSession session(directory.location(), Session::Use::read);
    long long out = 0;
    session.sql() << "SELECT count(*) FROM recent_refusals", soci::into(out);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recent_refusals)

BOOST_AUTO_TEST_CASE(facts_by_queue_id_or_instance) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        second_of(store, "example.com", 1, 3, true);
    }
    Store store(directory.url(), Open::existing);
    for (const char* id : {"4F2", "1a.2"}) {
        const auto found = store.refusals_of(id);
        BOOST_REQUIRE(found.size() == 1U);
        const auto& got = found.front();
        const auto want = refusal("example.com", 2, true);
        BOOST_TEST((got.domain == want.domain && got.time == want.time && got.reason == want.reason && got.text == want.text && got.client == want.client));
        BOOST_TEST((got.login == want.login && got.tls == want.tls && got.from == want.from && got.queue_id == want.queue_id && got.instance == want.instance));
        BOOST_TEST((got.why == want.why && got.proved && !got.observed));
    }
    BOOST_TEST(store.refusals_of("4F9").empty());
    BOOST_TEST(store.refusals_of("").empty());
    BOOST_TEST(store.latest_refusals("example.com", 2).size() == 2U);
    BOOST_TEST(store.latest_refusals("example.com", 2).front().queue_id == "4F3");
}

BOOST_AUTO_TEST_CASE(strangers_push_nothing_out_and_nothing_grows) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    second_of(store, "example.com", 0, 5, true);
    for (int second = 0; second < 30; ++second) second_of(store, "example.com", 1000 * second, 1000, false);
    BOOST_TEST(rows(directory) == static_cast<long long>(5 + kRefusalsKept));
    BOOST_TEST(store.refusals_of("4F29999").size() == 1U);
    for (int second = 0; second < 30; ++second) second_of(store, "example.com", 1000 * second, 1000, true);
    BOOST_TEST(rows(directory) == static_cast<long long>(2 * kRefusalsKept));
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto long_one = refusal("example.com", 1, false);
    long_one.from = std::string(1 << 20, 'x') + "\r\n";
    store.record_refusal(long_one);
    store.check_writable();
    BOOST_TEST(store.refusals_of("4F1").front().from.size() <= kRefusalTextCap);
}

BOOST_AUTO_TEST_CASE(what_is_not_counted_is_kept) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto one = refusal("", 1, false);
    one.counted = false;
    store.record_refusal(one);
    store.check_writable();
    BOOST_TEST(store.refusals_of("4F1").size() == 1U);
    BOOST_TEST(!store.last_refusal("").has_value());
    BOOST_TEST(store.counts("", noon).refused == 0);
}

BOOST_AUTO_TEST_CASE(two_servers_share_the_lists) {
    const Directory directory;
    const auto write = [&](int first) {
        Store store(directory.url(), Open::create);
        for (int second = 0; second < 20; ++second) second_of(store, "example.com", first + 20 * second, 20, true);
        return 0;
    };
    const pid_t one = fork_child([&] { return write(0); }), other = fork_child([&] { return write(100000); });
    BOOST_TEST(exit_status(one) == 0);
    BOOST_TEST(exit_status(other) == 0);
    BOOST_TEST(rows(directory) == static_cast<long long>(kRefusalsKept));
}

BOOST_AUTO_TEST_CASE(old_ones_go) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    second_of(store, "example.com", 0, 10, true);
    BOOST_TEST(purge(store, noon + 5).durable);
    BOOST_TEST(rows(directory) == 5);
}

BOOST_AUTO_TEST_SUITE_END()
