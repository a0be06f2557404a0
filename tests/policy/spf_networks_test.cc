// SPDX-License-Identifier: BSD-2-Clause
//
// The threads around SPF answers: deadlines, joined questions, slow names, a full queue, the end, and what the store has of it.
#include "policy/spf_networks.hh"

#include <boost/test/unit_test.hpp>
#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::policy;
using namespace std::chrono_literals;
using Verdict = SpfAnswer::Verdict;

namespace {

base::IpAddress ip(const std::string& text) { return *base::IpAddress::parse(text); }

// Names that begin with "slow" hang until `release`, or until their budget is spent; clients in 198.18.0.0/24 are passed.
struct Fixture {
    store::test::Directory directory;
    store::Store store{directory.url(), store::Open::create};
    std::atomic<base::Seconds> now{1795608000};
    std::atomic<bool> release{false}, fail{false};
    std::atomic<int> asked{0}, hanging{0}, most_hanging{0};

    std::vector<SpfAnswer> answer(const std::vector<base::IpAddress>& clients, const std::string& name, const Budget& budget) {
        const bool probe = clients.size() > 1;
        if (!probe) ++asked;
        if (name.starts_with("throws")) throw std::runtime_error("on purpose");
        if (name.starts_with("slow")) {
            const int here = ++hanging;
            for (int most = most_hanging; here > most && !most_hanging.compare_exchange_weak(most, here);) {}
            while (!release && !budget.spent()) std::this_thread::sleep_for(2ms);
            --hanging;
        }
        std::vector<SpfAnswer> out;
        for (const auto& client : clients) {
            if (budget.spent() || fail) out.push_back({Verdict::temporary, "no answer", 0});
            else out.push_back({base::Prefix::parse("198.18.0.0/24")->contains(client) ? Verdict::pass : Verdict::not_pass, {}, 60});
        }
        return out;
    }
    std::unique_ptr<SpfNetworks> open(std::vector<std::string> names, SpfOptions options = {.deadline = 300ms, .probe_budget = 300ms, .tick = 10ms, .save_every = 0}) {
        auto networks = std::make_unique<SpfNetworks>(
            store, [this](const auto& clients, const std::string& name, const Budget& budget) { return answer(clients, name, budget); }, [this] { return now.load(); }, options);
        networks->serve(std::move(names));
        return networks;
    }
    static std::future<Standing> look_up(SpfNetworks& networks, const std::string& name, const std::string& client) {
        const auto told = std::make_shared<std::promise<Standing>>();
        networks.look_up(name, ip(client), [told](Standing standing) { told->set_value(standing); });
        return told->get_future();
    }
    template <typename Probe>
    static bool eventually(Probe&& probe) {
        for (int i = 0; i < 2000; ++i, std::this_thread::sleep_for(5ms))
            if (probe()) return true;
        return false;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(spf_networks, Fixture)

BOOST_AUTO_TEST_CASE(in_and_out) {
    const auto networks = open({"CRM.test"});
    BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.1").get() == Standing::in));
    BOOST_TEST((look_up(*networks, "Crm.Test", "198.18.1.1").get() == Standing::out));
    BOOST_TEST((look_up(*networks, "other.test", "198.18.0.1").get() == Standing::out));
    const auto known = networks->at_once("CRM.TEST", ip("198.18.0.1"));
    BOOST_TEST((known.standing == Standing::in && known.settled));
    BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.1").get() == Standing::in));
    BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(a_deadline_is_kept) {
    const auto networks = open({"slow.test"});
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST((look_up(*networks, "slow.test", "198.18.0.1").get() == Standing::unknown));
    const auto took = std::chrono::steady_clock::now() - begun;
    BOOST_TEST((took > 200ms && took < 2s));
}

BOOST_AUTO_TEST_CASE(last_good_at_the_deadline) {
    release = true;
    const auto networks = open({"slow.test"});
    BOOST_TEST((look_up(*networks, "slow.test", "198.18.0.1").get() == Standing::in));
    release = false;
    now += 61;
    BOOST_TEST((look_up(*networks, "slow.test", "198.18.0.1").get() == Standing::in));
    BOOST_TEST(eventually([&] { return networks->at_once("slow.test", ip("198.18.0.1")).settled; }));
    now += 60;
    fail = true;   // known to fail: nobody waits
    BOOST_TEST(eventually([&] { return networks->state().at(0).failing_since != 0; }));
}

BOOST_AUTO_TEST_CASE(equal_questions_are_asked_once) {
    const auto networks = open({"slow.test"}, {.deadline = 10s, .probe_budget = 10s});
    std::vector<std::future<Standing>> told;
    for (int i = 0; i < 50; ++i) told.push_back(look_up(*networks, "slow.test", "198.18.0.1"));
    release = true;
    for (auto& one : told) BOOST_TEST((one.get() == Standing::in));
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(slow_names_leave_threads_to_others) {
    const auto networks = open({"slow1.test", "slow2.test", "slow3.test", "slow4.test", "slow5.test", "fine.test"}, {.deadline = 1500ms, .probe_budget = 1500ms, .tick = 10ms});
    std::vector<std::future<Standing>> told;
    // The first round shows which names are slow.
    for (int i = 0; i < 40; ++i) told.push_back(look_up(*networks, "slow" + std::to_string(i % 5 + 1) + ".test", "198.18.0." + std::to_string(i)));
    for (auto& one : told) one.get();
    BOOST_TEST(eventually([&] { return hanging <= 2; }));
    for (int i = 0; i < 40; ++i) told.push_back(look_up(*networks, "slow" + std::to_string(i % 5 + 1) + ".test", "198.18.0." + std::to_string(100 + i)));
    most_hanging = 0;
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) BOOST_TEST((look_up(*networks, "fine.test", "198.18.0." + std::to_string(i)).get() == Standing::in));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 1s));
    BOOST_TEST(most_hanging <= 2);
    for (std::size_t i = 40; i < told.size(); ++i) told[i].get();
}

BOOST_AUTO_TEST_CASE(a_full_queue_answers_at_once) {
    const auto networks = open({"slow.test"}, {.deadline = 10s, .probe_budget = 10s, .most_waiting = 5});
    std::vector<std::future<Standing>> told;
    for (int i = 0; i < 20; ++i) told.push_back(look_up(*networks, "slow.test", "198.18.0." + std::to_string(i)));
    int at_once = 0;
    for (auto& one : told) at_once += one.wait_for(0s) == std::future_status::ready && one.get() == Standing::unknown ? 1 : 0;
    BOOST_TEST(at_once == 16);   // the probes have a place too
    release = true;
}

BOOST_AUTO_TEST_CASE(the_end_tells_everybody) {
    auto networks = open({"slow.test"}, {.deadline = 60s, .probe_budget = 60s});
    std::vector<std::future<Standing>> told;
    for (int i = 0; i < 10; ++i) told.push_back(look_up(*networks, "slow.test", "198.18.0." + std::to_string(i)));
    const auto begun = std::chrono::steady_clock::now();
    networks.reset();
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 5s));
    for (auto& one : told) BOOST_TEST((one.get() == Standing::unknown));
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_failure) {
    const auto networks = open({"throws.test"});
    BOOST_TEST((look_up(*networks, "throws.test", "198.18.0.1").get() == Standing::unknown));
    BOOST_TEST(networks->state().at(0).last_error == "on purpose");
}

BOOST_AUTO_TEST_CASE(the_store_has_it) {
    {
        const auto networks = open({"crm.test"});
        BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.1").get() == Standing::in));
        BOOST_TEST(eventually([&] { return store.spf_verdicts(10).size() == 1; }));   // while it runs
        BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.2").get() == Standing::in));
    }
    store.check_writable();   // behind what was queued
    const auto names = store.spf_names();
    BOOST_REQUIRE(names.size() == 1u);
    BOOST_TEST((names[0].name == "crm.test" && names[0].clients == 2 && names[0].probed_at == now));
    fail = true;
    now += 86400;
    {
        const auto networks = open({"crm.test"});
        BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.2").get() == Standing::in));
        BOOST_TEST((look_up(*networks, "crm.test", "198.18.0.3").get() == Standing::unknown));
    }
    const auto networks = open({"other.test"});
    networks->save();
    store.check_writable();
    BOOST_TEST(store.spf_verdicts(10).empty());
}

BOOST_AUTO_TEST_SUITE_END()
