// SPDX-License-Identifier: BSD-2-Clause
//
// Group commit: many writes share a transaction, one write's fault stays its own, and too many waiters are turned away.
#include "store/writer.hh"

#include <boost/test/unit_test.hpp>

#include "store/session_pool.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

// Holds the writer's thread inside a transaction until it is let go.
class Gate {
public:
    explicit Gate(Writer& writer) {
        std::promise<void> entered;
        writer.submit({[this, &entered, first = true](WriteSession&, Outcome&) mutable {
                           if (std::exchange(first, false)) entered.set_value();
                           open_.get_future().wait();
                       },
                       {}});
        entered.get_future().wait();
    }
    void open() { open_.set_value(); }

private:
    std::promise<void> open_;
};

Write insert(const std::string& token, Done done) {
    return {[message = sample_message(token)](WriteSession& session, Outcome&) { session.messages.insert(message); }, std::move(done)};
}

int messages_in(const Directory& directory) { return std::stoi(directory.asked("SELECT count(*) FROM messages")); }

}  // namespace

BOOST_AUTO_TEST_SUITE(writer)

BOOST_AUTO_TEST_CASE(many_threads_share_commits) {
    const Directory directory;
    constexpr int threads = 16, each = 200;
    std::atomic<int> durable = 0;
    std::uint64_t transactions = 0;
    {
        Writer writer(directory.location(), Open::create);
        std::vector<std::thread> callers;
        for (int t = 0; t < threads; ++t)
            callers.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    const auto outcome = outcome_of([&](Done done) { writer.submit(insert(std::to_string(t) + "x" + std::to_string(i), std::move(done))); });
                    if (outcome.durable) ++durable;
                }
            });
        for (auto& caller : callers) caller.join();
        transactions = writer.transactions();
    }
    BOOST_TEST(durable == threads * each);
    BOOST_TEST(messages_in(directory) == threads * each);
    BOOST_TEST(transactions < threads * each / 2, transactions << " transactions");
}

BOOST_AUTO_TEST_CASE(all_that_waits_is_one_transaction) {
    const Directory directory;
    Writer writer(directory.location(), Open::create);
    Gate gate(writer);
    std::atomic<int> durable = 0;
    for (int i = 0; i < 300; ++i)
        writer.submit(insert("t" + std::to_string(i), [&](const Outcome& outcome) { durable += outcome.durable ? 1 : 0; }));
    gate.open();
    const auto last = outcome_of([&](Done done) { writer.submit(insert("last", std::move(done))); });
    BOOST_TEST(last.durable);
    BOOST_TEST(durable == 300);
    BOOST_TEST(writer.transactions() <= 3U);
}

BOOST_AUTO_TEST_CASE(a_fault_stays_its_own) {
    const Directory directory;
    Writer writer(directory.location(), Open::create);
    Gate gate(writer);
    std::vector<std::promise<Outcome>> outcomes(5);
    const std::string tokens[] = {"a", "b", "a", "c", "d"};   // the third is there already
    for (std::size_t i = 0; i < 5; ++i) writer.submit(insert(tokens[i], [&, i](const Outcome& outcome) { outcomes[i].set_value(outcome); }));
    gate.open();
    for (std::size_t i = 0; i < 5; ++i) {
        const auto outcome = outcomes[i].get_future().get();
        BOOST_TEST(outcome.durable == (i != 2), i << ": " << outcome.error);
        BOOST_TEST(outcome.error.empty() == (i != 2));
    }
    BOOST_TEST(messages_in(directory) == 4);
}

BOOST_AUTO_TEST_CASE(too_many_are_turned_away_at_once) {
    const Directory directory;
    Writer writer(directory.location(), Open::create);
    Gate gate(writer);
    std::atomic<std::size_t> durable = 0;
    for (std::size_t i = 0; i < Writer::most_waiting; ++i)
        writer.submit(insert("t" + std::to_string(i), [&](const Outcome& outcome) { durable += outcome.durable ? 1U : 0U; }));
    Outcome refused{true, "", 0};
    writer.submit(insert("beyond", [&](const Outcome& outcome) { refused = outcome; }));
    BOOST_TEST(!refused.durable);   // answered before submit returned, while the writer is held
    BOOST_TEST(holds(refused.error, "10000 writes wait already"), refused.error);
    gate.open();
    while (durable < Writer::most_waiting) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    BOOST_TEST(outcome_of([&](Done done) { writer.submit(insert("after", std::move(done))); }).durable);
}

BOOST_AUTO_TEST_CASE(closing_finishes_what_is_queued) {
    const Directory directory;
    std::atomic<int> durable = 0;
    {
        Writer writer(directory.location(), Open::create);
        for (int i = 0; i < 2000; ++i) writer.submit(insert("t" + std::to_string(i), [&](const Outcome& outcome) { durable += outcome.durable ? 1 : 0; }));
    }
    BOOST_TEST(durable == 2000);
    BOOST_TEST(messages_in(directory) == 2000);
}

BOOST_AUTO_TEST_CASE(idle_writer_is_never_started) {
    const Directory directory;
    { Writer writer(directory.location(), Open::create); }
    BOOST_TEST(!file_id(directory.file()));
    BOOST_CHECK_THROW(Store(directory.url(), Open::existing), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
