// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/auth_desk.cc through its socket: who may log in, what refusals look like, what happens to the file and under a flood.
#include "policy/auth_desk.hh"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/policy/running_auth.hh"

using namespace crmrelay;
using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_desk)

BOOST_AUTO_TEST_CASE(who_may_log_in) {
    RunningAuth running(line_for("crm@example.com", "one") + line_for("crm@example.com", "two") + line_for("crm@example.org", "off", ":2026-11-23:disabled") +
                        line_for("orphan@example.com", "orphan"));
    const struct {
        const char *login, *password, *client;
        bool tls;
        std::string want;
    } cases[] = {
        {"crm@example.com", "one", "192.0.2.10", true, "OK\t1\tuser=crm@example.com"},
        {"crm@example.com", "one", "192.0.2.10", true, "OK\t1\tuser=crm@example.com"},      // remembered
        {"CRM@Example.com", "two", "192.0.2.10", true, "OK\t1\tuser=crm@example.com"},
        {"crm@example.com", "one", "203.0.113.200", true, "OK\t1\tuser=crm@example.com"},   // another network: policy says so
        {"crm@example.com", "three", "192.0.2.11", true, "FAIL\t1\tuser=crm@example.com"},
        {"crm@example.com", "", "192.0.2.12", true, "FAIL\t1\tuser=crm@example.com"},
        {"crm@example.com", "off", "192.0.2.13", true, "FAIL\t1\tuser=crm@example.com"},
        {"nobody@example.com", "one", "192.0.2.14", true, "FAIL\t1\tuser=nobody@example.com"},
        {"crm@example.org", "off", "192.0.2.15", true, "FAIL\t1\tuser=crm@example.org"},
        {"orphan@example.com", "orphan", "192.0.2.16", true, "FAIL\t1\tuser=orphan@example.com"},
        {"crm@example.com", "one", "192.0.2.17", false, "FAIL\t1\tuser=crm@example.com"},
    };
    auto client = running.client();
    for (const auto& one : cases) BOOST_TEST(client.plain(one.login, one.password, one.client, one.tls) == one.want, one.login << " " << one.password);
    RunningAuth plaintext(line_for("crm@example.com", "one"), true);
    BOOST_TEST(plaintext.client().plain("crm@example.com", "one", "192.0.2.10", false).starts_with("OK"));
}

BOOST_AUTO_TEST_CASE(failures_are_counted_for_the_domain) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto client = running.client();
    BOOST_TEST(client.plain("crm@example.com", "wrong").starts_with("FAIL"));
    BOOST_TEST(client.plain("nobody@example.com", "wrong").starts_with("FAIL"));
    const auto begin = Clock::now();
    while (!running.store().last_refusal("example.com") && seconds_since(begin) < 10) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const auto last = running.store().last_refusal("example.com");
    BOOST_REQUIRE(last.has_value());
    BOOST_TEST(last->reason == "password");
    BOOST_TEST(last->client == "192.0.2.10");
    BOOST_TEST(last->login == "crm@example.com");
    BOOST_TEST(running.store().counts("example.com", base::now()).refused == 1);
}

BOOST_AUTO_TEST_CASE(the_file_is_followed) {
    RunningAuth running(std::nullopt);
    auto client = running.client();
    BOOST_TEST(client.plain("crm@example.com", "one", "192.0.2.1").starts_with("FAIL"));   // no file: no logins
    running.write(line_for("crm@example.com", "one"));
    BOOST_TEST(client.plain("crm@example.com", "one").starts_with("OK"));
    running.write("rubbish\n");
    BOOST_TEST(client.plain("crm@example.com", "one").starts_with("OK"));   // the former ones keep serving
    running.write(line_for("crm@example.com", "two"), 0644);
    BOOST_TEST(client.plain("crm@example.com", "one").starts_with("OK"));
    ::chmod(running.path().c_str(), 0640);
    BOOST_TEST(client.plain("crm@example.com", "one", "192.0.2.2").starts_with("FAIL"));   // though it was right a moment ago
    BOOST_TEST(client.plain("crm@example.com", "two").starts_with("OK"));
    running.write("");
    BOOST_TEST(client.plain("crm@example.com", "two", "192.0.2.3").starts_with("FAIL"));
}

BOOST_AUTO_TEST_CASE(our_own_trouble_is_temporary) {
    RunningAuth running("rubbish\n");
    auto client = running.client();
    BOOST_TEST(client.plain("crm@example.com", "one") == "(closed)");   // Postfix then says 454
    running.write(line_for("crm@example.com", "one"));
    BOOST_TEST(running.client().plain("crm@example.com", "one").starts_with("OK"));
}

BOOST_AUTO_TEST_CASE(a_reload_brings_other_rules) {
    RunningAuth running(line_for("crm@other.test", "one"));
    auto client = running.client();
    BOOST_TEST(client.plain("crm@other.test", "one").starts_with("FAIL"));
    auto config = std::make_shared<conf::Config>(running.rules()->config());
    config->domains = {domain("other.test", {{kLogin}}, {}, {"crm@other.test"})};
    conf::build_lookups(*config);
    running.desk().use(std::make_shared<const Rules>(config, TokenKeys({kKey})));
    BOOST_TEST(client.plain("crm@other.test", "one").starts_with("OK"));
}

BOOST_AUTO_TEST_CASE(refusals_come_late_and_never_later_than_three_seconds) {
    RunningAuth running(line_for("crm@example.com", "one"));
    auto client = running.client();
    double former = 0;
    for (int i = 0; i < 4; ++i) {
        const auto begin = Clock::now();
        BOOST_TEST(client.plain("crm@example.com", "wrong").starts_with("FAIL"));
        const auto took = seconds_since(begin);
        BOOST_TEST(took > former);
        BOOST_TEST(took < 3.5);
        former = took;
    }
    const auto begin = Clock::now();
    BOOST_TEST(client.plain("crm@example.com", "one").starts_with("OK"));   // who is right does not wait
    BOOST_TEST(seconds_since(begin) < 0.2);
}

// The medians of good logins alone and within a flood, which ends when they are measured; every good one has a password of its own, so that nothing is remembered.
BOOST_AUTO_TEST_CASE(a_flood_of_wrong_logins_does_not_hold_up_a_good_one) {
    constexpr int kGood = 30, kFlood = 10'000, kConnections = 40;
    std::string file;
    std::vector<conf::Domain> domains = usual_domains();
    for (int i = 0; i < 2 * kGood; ++i) {
        file += line_for("crm" + std::to_string(i), "good");
        domains[0].logins.push_back("crm" + std::to_string(i));
    }
    RunningAuth running(file, false, domains);
    auto good = running.client();
    int next = 0;
    const auto median = [&] {
        std::vector<double> times;
        for (int i = 0; i < kGood; ++i) {
            const auto begin = Clock::now();
            BOOST_REQUIRE(good.plain("crm" + std::to_string(next++), "good", "192.0.2.10").starts_with("OK"));
            times.push_back(seconds_since(begin));
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        std::ranges::nth_element(times, times.begin() + kGood / 2);
        return times[kGood / 2];
    };
    const double alone = median();
    std::atomic<int> failed = 0, at_flood = 0;
    std::vector<std::thread> threads;
    std::atomic<bool> stop = false;
    for (int t = 0; t < kConnections; ++t)
        threads.emplace_back([&] {
            auto bad = running.client();
            for (int i = 0; i < kFlood / kConnections && !stop; ++i) failed += bad.plain("crm0", "wrong", "203.0.113.9").starts_with("FAIL");
        });
    while (failed < 500) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const double beside = median();
    at_flood = failed.load();
    stop = true;
    for (auto& thread : threads) thread.join();
    BOOST_TEST_MESSAGE("a good login alone " << alone * 1e3 << " ms, beside a flood " << beside * 1e3 << " ms; refused till then " << at_flood);
    BOOST_TEST(beside < 2 * alone + 0.002);   // this machine computes the flood's own side, too
}

BOOST_AUTO_TEST_CASE(outside_the_networks) {
    auto domains = usual_domains();
    auto with_spf = domain("spf.test", {{kNetwork, kLogin}}, {"192.0.2.0/24"}, {"crm@spf.test"});
    with_spf.spf_networks = {"_spf.crm.test"};
    domains.push_back(with_spf);
    domains.push_back(domain("shared.test", {{kNetwork, kLogin}}, {"203.0.113.0/24"}, {"crm@watch.test"}));
    const auto rules = rules_of(domains);
    const struct {
        const char *login, *client;
        bool want;
    } cases[] = {
        {"crm@example.com", "192.0.2.10", false}, {"CRM@example.com", "198.51.100.1", true}, {"crm@example.org", "192.0.2.10", false},   // login and TLS suffice
        {"crm@spf.test", "198.51.100.1", false},  {"crm@watch.test", "203.0.113.200", false}, {"crm@watch.test", "192.0.2.10", true},
        {"nobody", "192.0.2.10", false},
    };
    for (const auto& one : cases) BOOST_TEST(is_outside_networks(rules, one.login, ip(one.client)) == one.want, one.login << " " << one.client);
}

BOOST_AUTO_TEST_SUITE_END()
