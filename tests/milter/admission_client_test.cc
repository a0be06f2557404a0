// SPDX-License-Identifier: BSD-2-Clause
//
// The client against a policyd that restarts, hangs, answers by halves or answers rubbish.
#include "milter/admission_client.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/milter/fake_policyd.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter::test;
using milter::AdmissionClient;

constexpr AdmissionClient::Limits kShort{4, std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)};

policy::Question whose(const std::string& session = "i-1") { return policy::Whose{session, {}}; }

Reaction mine(const policy::Question&) { return policy::Answer(policy::Mine{}); }

double seconds_of(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Setting {
    Folder folder;
    base::Endpoint endpoint = folder.socket("admission.sock");
};

}  // namespace

BOOST_AUTO_TEST_SUITE(admission_client)

BOOST_FIXTURE_TEST_CASE(answers_come_back, Setting) {
    FakePolicyd policyd(endpoint, mine);
    AdmissionClient client(endpoint, kShort);
    for (int i = 0; i < 10; ++i) {
        const auto answer = client.ask(whose());
        BOOST_REQUIRE(answer.ok());
        BOOST_TEST(std::holds_alternative<policy::Mine>(*answer));
    }
    policyd.behave([](const policy::Question&) { return policy::Answer(policy::Relay{"t@bounce.test", "t", true}); });
    const auto answer = client.ask(policy::Admit{"i-1", {}, {}});
    BOOST_REQUIRE(answer.ok());
    BOOST_TEST(std::get<policy::Relay>(*answer).return_path == "t@bounce.test");
    BOOST_TEST(policyd.connections() == 1u);   // one connection serves them all, and stays open
}

BOOST_FIXTURE_TEST_CASE(announce_and_close_need_no_answer, Setting) {
    FakePolicyd policyd(endpoint, mine);
    AdmissionClient client(endpoint, kShort);
    BOOST_TEST(client.tell(policy::Announce{"i-7", {}}).ok());
    BOOST_TEST(client.tell(policy::Close{"i-7"}).ok());
    BOOST_TEST(client.ask(whose()).ok());
    BOOST_TEST(policyd.wait_for<policy::Announce>(1).size() == 1u);
    BOOST_TEST(policyd.wait_for<policy::Close>(1).at(0).session == "i-7");
}

BOOST_FIXTURE_TEST_CASE(nobody_listens, Setting) {
    AdmissionClient client(endpoint, kShort);
    BOOST_TEST(!client.ask(whose()).ok());
    BOOST_TEST(!client.tell(policy::Announce{"i-1", {}}).ok());
    FakePolicyd policyd(endpoint, mine);
    BOOST_TEST(client.ask(whose()).ok());   // it comes back by itself
}

BOOST_FIXTURE_TEST_CASE(a_restarted_policyd_costs_no_question, Setting) {
    FakePolicyd policyd(endpoint, mine);
    AdmissionClient client(endpoint, kShort);
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(client.ask(whose()).ok());
        policyd.stop();
        policyd.start();
        BOOST_TEST(client.tell(policy::Announce{"i-1", {}}).ok());
        BOOST_TEST(policyd.wait_for<policy::Announce>(static_cast<std::size_t>(round) + 1).size() == static_cast<std::size_t>(round) + 1);
        policyd.stop();
        policyd.start();
    }
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_ends_under_the_question_is_tried_once_more, Setting) {
    std::atomic<int> asked{0};
    FakePolicyd policyd(endpoint, mine);
    AdmissionClient client(endpoint, kShort);
    BOOST_TEST(client.ask(whose()).ok());
    policyd.behave([&](const policy::Question&) -> Reaction {
        if (++asked == 1) return HangUp{};
        return policy::Answer(policy::Mine{});
    });
    BOOST_TEST(client.ask(whose()).ok());
    BOOST_TEST(asked == 2);
    asked = 0;
    policyd.behave([&](const policy::Question&) -> Reaction {
        ++asked;
        return HangUp{};
    });
    BOOST_TEST(!client.ask(whose()).ok());
    BOOST_TEST(asked == 2);   // once more, and no oftener
}

BOOST_FIXTURE_TEST_CASE(bad_answers_are_errors_in_time, Setting) {
    const std::string good = policy::encode(policy::Answer(policy::Mine{}));
    const struct {
        const char* what;
        Reaction reaction;
        const char* want_error;
    } cases[] = {
        {"silence", Silence{}, "in time"},
        {"half a head", Raw{good.substr(0, 2)}, "in time"},
        {"half a head, then the end", Raw{good.substr(0, 2), true}, "closed"},
        {"half a body, then the end", Raw{good.substr(0, 8), true}, "closed"},
        {"half a body", Raw{good.substr(0, 8)}, "in time"},
        {"a huge frame", Raw{std::string("\xff\xff\xff\xff", 4)}, "above the cap"},
        {"an announced frame that never comes", Raw{std::string("\x00\x3f\xff\xff", 4)}, "in time"},
        {"rubbish", Raw{std::string("\x00\x00\x00\x04oops", 8)}, "policyd's answer"},
        {"an unknown answer", Raw{std::string("\x00\x00\x00\x0f" "answer\0perhaps\0", 19)}, "unknown answer"},
        {"an empty frame", Raw{std::string(4, '\0')}, "unknown answer"},
    };
    for (const auto& c : cases) {
        FakePolicyd policyd(endpoint, [&](const policy::Question&) { return c.reaction; });
        AdmissionClient client(endpoint, kShort);
        BOOST_TEST_CONTEXT(c.what) {
            double took = 0;
            std::string error;
            took = seconds_of([&] {
                const auto answer = client.ask(whose());
                if (!answer) error = answer.error();
            });
            BOOST_TEST(error.find(c.want_error) != std::string::npos, error);
            BOOST_TEST(took < 3.0);
            policyd.behave(mine);
            BOOST_TEST(client.ask(whose()).ok());   // and nothing of it is left for the next question
        }
    }
}

BOOST_FIXTURE_TEST_CASE(octets_that_nobody_asked_for_do_not_answer_the_next_question, Setting) {
    const std::string twice = policy::encode(policy::Answer(policy::Mine{})) + policy::encode(policy::Answer(policy::Pass{}));
    FakePolicyd policyd(endpoint, [&](const policy::Question&) { return Raw{twice}; });
    AdmissionClient client(endpoint, kShort);
    for (int i = 0; i < 5; ++i) {
        const auto answer = client.ask(whose());   // an error where both came at once
        BOOST_TEST((!answer || std::holds_alternative<policy::Mine>(*answer)));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

BOOST_FIXTURE_TEST_CASE(the_pool_is_bounded_and_shared, Setting) {
    std::atomic<int> at_once{0}, most{0};
    FakePolicyd policyd(endpoint, [&](const policy::Question&) -> Reaction {
        const int now = ++at_once;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --at_once;
        return policy::Answer(policy::Pass{});
    });
    AdmissionClient client(endpoint, {4, std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(10)});
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) good += client.ask(whose()).ok();
        });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(good == 320);
    BOOST_TEST(most <= 4);
    BOOST_TEST(most > 1);
    BOOST_TEST(policyd.connections() <= 4u);
}

BOOST_FIXTURE_TEST_CASE(a_full_pool_gives_up_in_time, Setting) {
    FakePolicyd policyd(endpoint, [](const policy::Question&) { return Silence{}; });
    AdmissionClient client(endpoint, {1, std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)});
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    const double took = seconds_of([&] {
        for (int t = 0; t < 4; ++t) threads.emplace_back([&] { failed += !client.ask(whose()).ok(); });
        for (auto& thread : threads) thread.join();
    });
    BOOST_TEST(failed == 4);
    BOOST_TEST(took < 5.0);
    policyd.behave(mine);
    BOOST_TEST(client.ask(whose()).ok());
}

BOOST_FIXTURE_TEST_CASE(a_policyd_that_reads_nothing_holds_nobody_up, Setting) {
    const base::Fd listening = base::listen_on(endpoint, "", true);   // nobody accepts
    AdmissionClient client(endpoint, kShort);
    policy::Admit big{"i-1", {}, {}};
    big.message.from.assign(16, std::string(100'000, 'x'));
    const double took = seconds_of([&] { BOOST_TEST(!client.tell(big).ok()); });
    BOOST_TEST(took < 3.0);
}

BOOST_AUTO_TEST_SUITE_END()
