// SPDX-License-Identifier: BSD-2-Clause
//
// What goes wrong with a server: stopped, hanging, read-only, its sessions ended, locks held. Nothing is called durable that is not, no call outlasts its
// deadline, and once the trouble is over the store works again by itself.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "store/away.hh"
#include "store/session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kMost = 9s;   // Postfix waits ten for a policy answer

// The first outcome that is durable, within half a minute.
bool recovers(Store& store, const std::string& token) {
    for (int i = 0; i < 300; ++i) {
        if (record(store, sample_message(token + std::to_string(i))).durable) return true;
        std::this_thread::sleep_for(100ms);
    }
    return false;
}

template <typename Call>
bool in_time(Call&& call) {
    const auto since = Clock::now();
    call();
    return Clock::now() - since < kMost;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_faults)

BOOST_AUTO_TEST_CASE(stopped_and_started) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    BOOST_TEST(store.find_message("before").has_value());
    postgres()->stop();
    const auto outcome = record(store, sample_message("lost"));
    BOOST_TEST(!outcome.durable);
    BOOST_TEST(outcome.error.starts_with(directory.url()), outcome.error);
    BOOST_TEST(holds(thrown_by([&] { store.find_message("before"); }), directory.url()));
    BOOST_TEST(holds(thrown_by([&] { store.check_writable(); }), directory.url()));
    BOOST_TEST(thrown_by([&] { Store(directory.url(), Open::existing); }).starts_with(directory.url()));
    Store early(directory.url(), Open::create);   // a daemon starts all the same
    BOOST_TEST(thrown_by([&] { early.check_writable(); }).starts_with(directory.url()));
    postgres()->start();
    BOOST_TEST(recovers(store, "after"));
    BOOST_TEST(recovers(early, "early"));
    BOOST_TEST(store.find_message("before").has_value());
    BOOST_TEST(!store.find_message("lost"));
}

BOOST_AUTO_TEST_CASE(restarted_between_two_writes) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    BOOST_TEST(store.find_message("before").has_value());
    postgres()->stop();
    postgres()->start();
    BOOST_TEST(record(store, sample_message("after")).durable);   // the lost connection is seen before anything is sent on it
    BOOST_TEST(store.find_message("after").has_value());
}

BOOST_AUTO_TEST_CASE(hangs) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    BOOST_TEST(store.find_message("before").has_value());
    postgres()->hang();
    Outcome outcome;
    BOOST_TEST(in_time([&] { outcome = record(store, sample_message("lost")); }));
    BOOST_TEST(!outcome.durable);
    BOOST_TEST(holds(outcome.error, "did not answer in time"), outcome.error);
    std::string error;
    BOOST_TEST(in_time([&] { error = thrown_by([&] { store.find_message("before"); }); }));
    BOOST_TEST(!error.empty());
    // Now it takes a new connection to find out; the many behind the first try wait for one, not each for its own.
    std::atomic<int> answered = 0;
    std::promise<void> all;
    BOOST_TEST(in_time([&] {
        for (int i = 0; i < 200; ++i)
            store.record_message(sample_message("h" + std::to_string(i)), [&](const Outcome&) {
                if (++answered == 200) all.set_value();
            });
        all.get_future().wait();
    }));
    postgres()->resume();
    BOOST_TEST(recovers(store, "after"));
    BOOST_TEST(store.find_message("before").has_value());
}

BOOST_AUTO_TEST_CASE(takes_no_writes) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    const auto read_only = [](const char* value) {
        postgres()->execute(std::string("ALTER SYSTEM SET default_transaction_read_only = ") + value);
        postgres()->execute("SELECT pg_reload_conf()");
        while (postgres()->asked("SHOW default_transaction_read_only") != value) std::this_thread::sleep_for(20ms);
    };
    read_only("on");
    Outcome outcome{true, "", 0};
    for (int i = 0; i < 100 && outcome.durable; ++i) {
        outcome = record(store, sample_message("r" + std::to_string(i)));
        std::this_thread::sleep_for(20ms);
    }
    BOOST_TEST(!outcome.durable);
    BOOST_TEST(holds(outcome.error, "read-only transaction: this server takes no writes"), outcome.error);
    BOOST_TEST(store.find_message("before").has_value());   // reading goes on
    // In one string several statements are one transaction, which ALTER SYSTEM refuses to be in: the session is made writable by itself.
    postgres()->execute("SET default_transaction_read_only = off");
    read_only("off");
    BOOST_TEST(recovers(store, "after"));
}

BOOST_AUTO_TEST_CASE(sessions_are_ended_under_load) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);   // the day's table is there
    constexpr int count = 2000;
    std::vector<std::string> durable;
    std::mutex mutex;
    std::atomic<int> left = count;
    std::promise<void> all;
    std::thread killer([] {
        for (int i = 0; i < 5; ++i) {
            std::this_thread::sleep_for(300ms);
            postgres()->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crmrelay'");
        }
    });
    for (int i = 0; i < count; ++i) {
        const auto token = "t" + std::to_string(i);
        store.record_message(sample_message(token), [&, token](const Outcome& outcome) {
            if (outcome.durable) {
                const std::lock_guard lock(mutex);
                durable.push_back(token);
            }
            if (--left == 0) all.set_value();
        });
        if (i % 20 == 0) std::this_thread::sleep_for(20ms);
    }
    all.get_future().wait();
    killer.join();
    BOOST_TEST(recovers(store, "after"));
    int missing = 0;
    for (const auto& token : durable) missing += store.find_message(token) ? 0 : 1;
    BOOST_TEST(missing == 0);
    BOOST_TEST(durable.size() > 100U);
}

BOOST_AUTO_TEST_CASE(a_lock_of_somebody_else) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    const auto other = open_session(directory.location(), Session::Use::write, Open::existing);
    other->begin();
    Statement(*other, "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE").run();
    std::string patience;
    Statement(*other, "SELECT set_config('idle_in_transaction_session_timeout', '0', true)").out(patience).run();   // ours would give the lock back
    Outcome outcome;
    BOOST_TEST(in_time([&] { outcome = record(store, sample_message("blocked")); }));
    BOOST_TEST(!outcome.durable);
    other->rollback();
    BOOST_TEST(recovers(store, "after"));
}

BOOST_AUTO_TEST_CASE(two_servers_strike_at_once) {
    const Directory directory;
    { Store store(directory.url(), Open::create); }
    constexpr int each = 40;
    const auto strike = [&](int process) {
        Store store(directory.url(), Open::create);
        for (int i = 0; i < each; ++i) {
            const auto outcome = outcome_of([&](Done done) {
                store.change_standing(i % 2 ? "a.test" : "b.test", [](const Standing& before) {
                    auto after = before;
                    ++after.today;
                    return StandingChange{true, after, {}};
                }, std::move(done));
            });
            if (!outcome.durable) return 1;
            if (!record(store, sample_message("p" + std::to_string(process) + "x" + std::to_string(i))).durable) return 2;
        }
        return 0;
    };
    const pid_t first = fork_child([&] { return strike(1); }), second = fork_child([&] { return strike(2); });
    BOOST_TEST(exit_status(first) == 0);
    BOOST_TEST(exit_status(second) == 0);
    Store store(directory.url(), Open::existing);
    for (const char* domain : {"a.test", "b.test"}) BOOST_TEST(store.standing(domain).today == each, domain);
    BOOST_TEST(store.counts("example.com", noon).relayed == 2 * each);
}

BOOST_AUTO_TEST_SUITE_END()
