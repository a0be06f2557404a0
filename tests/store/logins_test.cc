// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of store/logins.cc and store/probes.cc: what is later stays; a probe leaves nothing behind.
#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

LoginSeen success(Seconds at, const std::string& from) {
    LoginSeen out;
    out.login = "crm@example.com";
    out.succeeded_at = at;
    out.succeeded_from = from;
    return out;
}

LoginSeen failure(Seconds at, const std::string& from, const std::string& why) {
    LoginSeen out;
    out.login = "crm@example.com";
    out.failed_at = at;
    out.failed_from = from;
    out.failed_why = why;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logins)

BOOST_AUTO_TEST_CASE(the_later_of_each) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(store.logins_seen().empty());
    for (const auto& seen : {failure(noon + 5, "192.0.2.5", "no-tls"), success(noon + 7, "192.0.2.7"), success(noon + 3, "192.0.2.3"), failure(noon + 4, "192.0.2.4", "wrong-password")})
        store.record_login(seen);
    store.check_writable();   // behind the writes above
    const auto all = store.logins_seen();
    BOOST_REQUIRE(all.size() == 1);
    BOOST_TEST(all[0].login == "crm@example.com");
    BOOST_TEST(all[0].succeeded_at == noon + 7);
    BOOST_TEST(all[0].succeeded_from == "192.0.2.7");
    BOOST_TEST(all[0].failed_at == noon + 5);
    BOOST_TEST(all[0].failed_from == "192.0.2.5");
    BOOST_TEST(all[0].failed_why == "no-tls");
}

BOOST_AUTO_TEST_CASE(old_ones_are_purged) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    store.record_login(success(noon, "192.0.2.7"));
    auto other = failure(noon + day, "192.0.2.4", "no-tls");
    other.login = "other@example.com";
    store.record_login(other);
    BOOST_TEST(outcome_of([&](Done done) { store.purge(noon + 1, std::move(done)); }).durable);
    const auto all = store.logins_seen();
    BOOST_REQUIRE(all.size() == 1);
    BOOST_TEST(all[0].login == "other@example.com");
}

BOOST_AUTO_TEST_CASE(a_probe_is_erased_with_all_about_it) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(outcome_of([&](Done done) { store.record_message(sample_message("kept"), std::move(done)); }).durable);
    store.record_probe(sample_message("probe"));
    BOOST_TEST(store.counts("example.com", noon).relayed == 1);
    BOOST_TEST(store.last_relayed("example.com")->token == "kept");
    BOOST_REQUIRE(store.find_message("probe"));
    BOOST_TEST(store.find_message("probe")->domain == kProbeDomain);
    Report report;
    report.events = {sample_event("evt_probe", "probe", "1"), sample_event("evt_kept", "kept", "2")};
    report.events[0].domain = kProbeDomain;
    report.outgoing = {sample_outgoing("probe"), sample_outgoing("kept")};
    report.outgoing[0].domain = kProbeDomain;
    BOOST_TEST(outcome_of([&](Done done) { store.record_report(report, std::move(done)); }).durable);
    BOOST_TEST(store.counts("example.com", noon).bounced == 1);
    store.erase_probe("probe");
    store.erase_probe("kept");   // none: it stays
    BOOST_TEST(!store.find_message("probe"));
    BOOST_TEST(store.events_of("probe").empty());
    BOOST_TEST(store.outgoing_of("probe").empty());
    BOOST_TEST(store.counts(std::string(kProbeDomain), noon).bounced == 0);
    BOOST_TEST(store.find_message("kept").has_value());
    BOOST_TEST(store.events_of("kept").size() == 1U);
    BOOST_TEST(store.outgoing_of("kept").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
