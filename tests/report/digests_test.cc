// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of report/digests.cc: what is told when, and that two servers and restarts tell it once.
#include "report/digests.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "report/outgoing.hh"
#include "tests/report/fixtures.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;

constexpr base::Seconds kDay = 86400;
constexpr base::Seconds kMidnight = 1'795'359'600;   // in Tokyo, of Monday 2026-11-23, which is 15:00 UTC the day before

struct Fixture {
    Fixture() : store("sqlite://" + folder.path + "/store.db", store::Open::create) {
        made = config();
        made.domains[0].timezone = *base::TimeZone::find("Asia/Tokyo");
    }

    // Rounds at these times, each by two servers. The subjects of what is in the outbox then, but for those before.
    std::string look(base::Seconds now) {
        for (int server = 0; server < 2; ++server) {
            Digests digests(store, {[this] { return mailboxes_of(made); }, [this] { ++woken; }, [now] { return now; }});
            digests.look();
        }
        put(store, store::Report{});   // behind what the rounds wrote
        auto rows = store.outbox({.state = "all"});
        std::ranges::reverse(rows);
        std::string out;
        for (; seen < rows.size(); ++seen) {
            const auto mail = store.find_outgoing(rows[seen].id)->mail;
            const auto at = mail.find("Subject: ") + 9;
            out += rows[seen].recipient + " " + mail.substr(at, mail.find("\r\n", at) - at) + "; ";
            last = mail;
        }
        return out;
    }

    // A notice of this cause to the first domain.
    void tell(base::Seconds now, const std::string& subject) {
        store::Report report;
        NoticeText text;
        text.subject = subject;
        text.paragraphs = {"x"};
        report.outgoing = to_admins(store::Outgoing::Kind::notice, made.domains[0], *mailboxes_of(made), "", text, "archive", now);
        put(store, std::move(report));
    }

    Folder folder;
    store::Store store;
    conf::Config made;
    std::size_t seen = 0;
    int woken = 0;
    std::string last;
};

BOOST_FIXTURE_TEST_SUITE(digests, Fixture)

BOOST_AUTO_TEST_CASE(the_rest_comes_the_next_day_once) {
    for (int i = 0; i < 3; ++i) tell(kMidnight - 100 + i, "number " + std::to_string(i));
    BOOST_TEST(look(kMidnight - 50) == "admin@example.com number 0; second@example.com number 0; ");
    BOOST_TEST(look(kMidnight + 10) == "");   // what another server counts for yesterday may still come
    BOOST_TEST(look(kMidnight + 70) == "admin@example.com example.com: 2 further notices; second@example.com example.com: 2 further notices; ");
    for (const auto* want : {"2026-11-22: 2 more of the cause archive", "number 1", "number 2", "(Asia/Tokyo)"}) BOOST_TEST(last.find(want) != std::string::npos, last);
    BOOST_TEST(last.find("number 0") == std::string::npos);
    BOOST_TEST(woken > 0);
    BOOST_TEST(look(kMidnight + kDay - 10) == "");
    BOOST_TEST(look(kMidnight + kDay + 70) == "");   // nothing came that day
    tell(kMidnight + kDay + 100, "first");
    tell(kMidnight + kDay + 101, "then");
    BOOST_TEST(look(kMidnight + 5 * kDay + 70) == "admin@example.com first; second@example.com first; admin@example.com example.com: one further notice; second@example.com example.com: one further notice; ");
    BOOST_TEST(last.find("number 1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(digests_of_days_and_weeks) {
    BOOST_TEST(look(kMidnight + 70) == "");   // none is asked for
    made.domains[1].digest = conf::Digest::daily;
    BOOST_TEST(look(kMidnight + 70) == "admin@plus.test plus.test: the day 2026-11-21; ");
    BOOST_TEST(last.find("nothing was relayed") != std::string::npos);
    made.domains[1].digest = conf::Digest::none;
    made.domains[0].digest = conf::Digest::weekly;
    const std::string week = "admin@example.com example.com: the week from 2026-11-16 to 2026-11-22; second@example.com example.com: the week from 2026-11-16 to 2026-11-22; ";
    BOOST_TEST(look(kMidnight + 3 * kDay) == week);
    for (const int days : {4, 5, 6}) BOOST_TEST(look(kMidnight + days * kDay + 70) == "");
    BOOST_TEST(look(kMidnight + 7 * kDay) == "");
    BOOST_TEST(look(kMidnight + 7 * kDay + 60) != "");
}

BOOST_AUTO_TEST_CASE(figures_are_of_the_period) {
    made.domains[0].digest = conf::Digest::daily;
    const base::Seconds times[] = {kMidnight - kDay - 1, kMidnight - kDay, kMidnight - 1, kMidnight};   // two of them on Sunday
    for (const auto at : times) {
        auto message = record(std::string(39, 'a') + static_cast<char>('a' + (at - times[0]) % 7 + (at == kMidnight ? 9 : 0)));
        message.relayed_at = at;
        put(store, std::move(message));
        store::Report report;
        store::Event event;
        event.id = "evt_" + std::to_string(at);
        event.time = at;
        event.type = "bounce";
        event.action = "failed";
        event.domain = "example.com";
        event.recipient = "nobody@dest.test";
        event.document = R"({"failure":{"reason":"userunknown"}})";
        report.events = {event};
        report.outgoing = {make_outgoing(store::Outgoing::Kind::handback, "example.com", "", "crm@crm.test", "Subject: handback\r\n\r\n", at)};
        put(store, std::move(report));
    }
    store.record_refusal({"example.com", kMidnight - 10, false, "network", "550", "192.0.2.1", ""});
    put(store, store::Report{});
    look(kMidnight + 100);
    for (const auto* want : {"Relayed:       2\r\n", "Refused:       1\r\n", "Bounced:       2\r\n", "     1  network\r\n", "     2  userunknown\r\n", "     2  dest.test\r\n", "     2  nobody@dest.test\r\n",
                             "4 waiting, 0 dead letters.", "since 2026-11-21\r\n23:59:59 (Asia/Tokyo)"})
        BOOST_TEST(last.find(want) != std::string::npos, want << " in " << last);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace crmrelay::report
