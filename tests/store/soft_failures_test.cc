// SPDX-License-Identifier: BSD-2-Clause
//
// How many soft failures in a row an event tells, and what begins or ends the row.
#include "store/soft_failures.hh"

#include <boost/test/unit_test.hpp>

#include "store/write_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

const std::string kDocument = R"({"soft_count":0,"matched_by":"return-path"})";

Event failure(const std::string& id, const std::string& token, Seconds time, Event::Counts counts = Event::Counts::soft_failure) {
    auto event = sample_event(id, token, id, time);
    event.document = kDocument;
    event.count_at = kDocument.find('0');
    event.counts = counts;
    return event;
}

std::string with_count(int count) { return R"({"soft_count":)" + std::to_string(count) + R"(,"matched_by":"return-path"})"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(soft_failures)

BOOST_AUTO_TEST_CASE(rows_of_failures) {
    using enum Event::Counts;
    constexpr Seconds none = -1;
    struct Step {
        Seconds relayed_after;       // a message to the recipient is relayed that long after noon, before the event; or none
        Seconds after;               // the event's time
        Event::Counts counts;
        std::string token, recipient;
        int want;
    };
    const struct {
        std::string name;
        std::vector<Step> steps;
    } rows[] = {
        {"each message's failure counts", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, day, soft_failure, "b", "x@dest.test", 2}, {none, 2 * day, soft_failure, "c", "x@dest.test", 3}}},
        {"a message counts once", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 9, soft_failure, "a", "x@dest.test", 1}, {none, 10, soft_failure, "b", "x@dest.test", 2}}},
        {"each recipient has its own", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 0, soft_failure, "a", "y@dest.test", 1}, {none, 9, soft_failure, "b", "x@dest.test", 2}}},
        {"letters' case is nothing", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 9, soft_failure, "b", "X@Dest.Test", 2}}},
        {"a delivery ends it", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 5, delivery, "b", "x@dest.test", 0}, {none, 9, soft_failure, "c", "x@dest.test", 1}}},
        {"what is told and not counted", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 5, nothing, "b", "x@dest.test", 0}, {none, 9, soft_failure, "c", "x@dest.test", 2}}},
        {"a later message that came back counts", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {60, 5 * day, soft_failure, "b", "x@dest.test", 2}}},
        {"six quiet days after a later message end it", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {60, 60 + 6 * day, soft_failure, "c", "x@dest.test", 1}}},
        {"a second less does not", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {60, 59 + 6 * day, soft_failure, "c", "x@dest.test", 2}}},
        {"six quiet days without a message do not", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {none, 20 * day, soft_failure, "b", "x@dest.test", 2}}},
        {"the first later message is the one that counts", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {60, 2 * day, nothing, "", "x@dest.test", 0}, {5 * day, 7 * day, soft_failure, "c", "x@dest.test", 1}}},
        {"a hard failure is a failure: nothing has arrived", {{none, 0, soft_failure, "a", "x@dest.test", 1}, {60, 2 * day, Event::Counts::failure, "b", "x@dest.test", 0}, {none, 9 * day, soft_failure, "c", "x@dest.test", 2}}},
        {"no recipient, no count", {{none, 0, soft_failure, "a", "", 0}}},
    };
    for (const auto& row : rows) {
        const Directory directory;
        Store store(directory.url(), Open::create);
        int number = 0;
        for (const auto& step : row.steps) {
            const auto id = "e" + std::to_string(++number);
            if (step.relayed_after != none) {
                auto message = sample_message("m" + id, noon + step.relayed_after);
                message.recipients = {{"other@dest.test", "", ""}, {"X@dest.test", "", ""}};
                BOOST_REQUIRE(record(store, message).durable);
            }
            auto event = ::failure(id, step.token, noon + step.after, step.counts);
            event.recipient = step.recipient;
            BOOST_REQUIRE(record(store, Report{{event}, {}, true}).durable);
            BOOST_TEST(store.find_event(id)->document == with_count(step.want), row.name << ", event " << number << ": " << store.find_event(id)->document);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_same_event_again_counts_nothing) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    auto first = failure("e1", "a", noon), again = failure("e2", "z", noon + 1), next = failure("e3", "b", noon + 2);
    again.dedupe = first.dedupe;
    BOOST_TEST(record(store, Report{{first}, {}, true}).fresh_events == 1);
    BOOST_TEST(record(store, Report{{again}, {}, true}).fresh_events == 0);
    BOOST_TEST(record(store, Report{{next}, {}, true}).fresh_events == 1);
    BOOST_TEST(store.find_event("e3")->document == with_count(2));
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_counts_nothing) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, Report{{failure("e1", "a", noon)}, {}, true}).durable);
    auto twice = failure("e1", "b", noon + 1);
    twice.dedupe = "another";
    BOOST_TEST(!record(store, Report{{failure("e2", "c", noon + 1), twice}, {}, true}).durable);
    BOOST_TEST(record(store, Report{{failure("e3", "d", noon + 2)}, {}, true}).durable);
    BOOST_TEST(store.find_event("e3")->document == with_count(2));
}

// The webhook's row holds the document too; a hand-back's mail is none.
BOOST_AUTO_TEST_CASE(a_webhook_is_told_the_count) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, Report{{failure("e1", "a", noon)}, {}, true}).durable);
    const auto event = failure("e2", "b", noon + 1);
    auto handback = sample_outgoing("b");
    handback.event_ids = {"e2"};
    BOOST_TEST(record(store, Report{{event}, {webhook_row(event, "https://hook.test/", noon), handback}, true}).durable);
    const auto rows = store.outgoing_of("b");
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(store.find_outgoing(rows[0].id)->mail == with_count(2));
    BOOST_TEST(store.find_outgoing(rows[1].id)->mail == handback.mail);
}

// Messages and reports may share a commit: what comes first counts first.
BOOST_AUTO_TEST_CASE(within_one_transaction_the_order_stays) {
    const Directory directory;
    WriteSession session(directory.location(), Open::create);
    auto first = failure("e1", "a", noon), next = failure("e2", "b", noon + 60 + 6 * day), last = failure("e3", "c", noon + 13 * day);
    int count = 0;
    session.transaction([&] {
        session.soft_failures.counted(first);
        session.soft_failures.relayed(sample_message("m", noon + 60));
        session.soft_failures.relayed(sample_message("n", noon + 5 * day));   // the first of them is the one that counts
        count = session.soft_failures.counted(next);
    });
    BOOST_TEST(count == 1);
    BOOST_CHECK_THROW(session.transaction([&] {
        session.soft_failures.relayed(sample_message("o", noon + 7 * day));
        throw std::runtime_error("no");
    }),
                      std::runtime_error);
    session.transaction([&] { count = session.soft_failures.counted(last); });
    BOOST_TEST(count == 2);   // that message was never relayed
}

BOOST_AUTO_TEST_CASE(an_old_row_is_purged) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, Report{{failure("e1", "a", noon)}, {}, true}).durable);
    BOOST_TEST(purge(store, noon).durable);
    BOOST_TEST(record(store, Report{{failure("e2", "b", noon)}, {}, true}).durable);
    BOOST_TEST(store.find_event("e2")->document == with_count(2));
    BOOST_TEST(purge(store, noon + 1).durable);
    BOOST_TEST(record(store, Report{{failure("e3", "c", noon + 1)}, {}, true}).durable);
    BOOST_TEST(store.find_event("e3")->document == with_count(1));
}

BOOST_AUTO_TEST_SUITE_END()
