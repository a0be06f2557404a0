// SPDX-License-Identifier: BSD-2-Clause
//
// The outbox against a server that takes, puts off, refuses, hangs and breaks off.
#include "report/outbox.hh"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include "report/backoff.hh"
#include "report/event.hh"
#include "report/outgoing.hh"
#include "tests/report/fixtures.hh"
#include "tests/report/http_server.hh"
#include "tests/report/smtp_server.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using namespace std::chrono_literals;
using Kind = store::Outgoing::Kind;
using State = store::Outgoing::State;

constexpr base::Seconds kFiveDays = 5 * 86400;

struct Fixture {
    Fixture() : store("sqlite://" + folder.path + "/store.db", store::Open::create), submitter(make_smtp_submitter({1000ms, 1500ms})) {
        put(store, record(kToken));
        auto made = config();
        made.service.submit = server.url;
        mailboxes = mailboxes_of(std::move(made));
    }

    void add(const std::string& recipient, Kind kind = Kind::handback, base::Seconds age = 0, const std::string& token = kToken, base::Seconds wait = 0) {
        store::Report report;
        store::Outgoing row;
        row.kind = kind;
        row.domain = "example.com";
        row.token = token;
        row.recipient = recipient;
        row.mail = "Subject: to " + recipient + "\r\n\r\nx\r\n";
        row.created_at = now - age;
        row.next_at = now + wait;
        report.outgoing.push_back(row);
        put(store, report);
    }

    std::unique_ptr<Outbox> start(std::chrono::milliseconds grace = 5s) {
        auto outbox = std::make_unique<Outbox>(store, *submitter, *http, OutboxPorts{[this] { return mailboxes; }, [this] { return now.load(); }, grace});
        outbox->start();
        return outbox;
    }

    // Waits until it holds, at most ten seconds.
    template <typename Condition>
    bool comes(Condition condition) {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }
    store::Outgoing row(std::size_t index = 0) { return store.outgoing_of(kToken).at(index); }
    bool all_queued() {
        for (const auto& each : store.outgoing_of(kToken))
            if (each.state != State::queued) return false;
        return true;
    }

    Folder folder;
    store::Store store;
    SmtpServer server;
    std::unique_ptr<Submitter> submitter;
    std::unique_ptr<HttpClient> http = make_http_client();
    MailboxesSnapshot mailboxes;
    std::atomic<base::Seconds> now{kNow};
};

BOOST_FIXTURE_TEST_CASE(a_row_is_queued_with_its_queue_id, Fixture) {
    add("return-1@crm.test");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return row().state == State::queued; }));
    BOOST_TEST(row().queue_id == "Q1");
    BOOST_TEST(server.mails().size() == 1u);
    add("return-2@crm.test");
    outbox->wake();
    BOOST_TEST(comes([&] { return row(1).state == State::queued; }));
    outbox->stop();
    BOOST_TEST(server.mails().size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(failures_lead_where_they_should, Fixture) {
    const struct {
        Behave behave;
        Kind kind;
        base::Seconds age;
        State want_state;
        base::Seconds want_wait_least, want_wait_most;
        std::size_t want_notices;
        std::string want_event;
    } rows[] = {
        {Behave::rcpt_450, Kind::handback, 0, State::pending, 4, 6, 0, ""},
        {Behave::data_end_451, Kind::handback, 0, State::pending, 4, 6, 0, ""},
        {Behave::reset_in_data, Kind::handback, 0, State::pending, 4, 6, 0, ""},
        {Behave::hang_at_end, Kind::handback, 0, State::pending, 4, 6, 0, ""},
        {Behave::greet_554, Kind::handback, 0, State::pending, 5, 5, 0, ""},
        {Behave::rcpt_550, Kind::handback, 0, State::failed, 0, 0, 2, "handback-failed"},
        {Behave::data_end_554, Kind::forward, 0, State::failed, 0, 0, 2, "forward-failed"},
        {Behave::rcpt_550, Kind::notice, 0, State::failed, 0, 0, 0, ""},
        {Behave::rcpt_450, Kind::handback, kFiveDays - 1, State::pending, 4, 6, 0, ""},
        {Behave::rcpt_450, Kind::handback, kFiveDays, State::failed, 0, 0, 2, "handback-failed"},
        {Behave::greet_554, Kind::handback, kFiveDays, State::failed, 0, 0, 2, "handback-failed"},
        {Behave::rcpt_450, Kind::notice, kFiveDays, State::failed, 0, 0, 0, ""},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(static_cast<int>(row.behave) << " " << name_of(row.kind) << " " << row.age) {
            Fixture fresh;
            fresh.server.behave = row.behave;
            fresh.add("return-1@crm.test", row.kind, row.age);
            auto outbox = fresh.start();
            BOOST_TEST(fresh.comes([&] { return !fresh.row().last_error.empty(); }));
            outbox->stop();
            const auto got = fresh.row();
            BOOST_TEST((got.state == row.want_state));
            if (row.want_state == State::pending) {
                BOOST_TEST(got.next_at - kNow >= row.want_wait_least);
                BOOST_TEST(got.next_at - kNow <= row.want_wait_most);
            }
            BOOST_TEST(!got.last_error.empty());
            const auto all = fresh.store.outgoing_of(kToken);
            BOOST_TEST(all.size() == 1 + row.want_notices);
            const auto events = fresh.store.events_of(kToken);
            BOOST_TEST(events.size() == (row.want_event.empty() ? 0u : 1u));
            if (!events.empty()) BOOST_TEST(events[0].type == row.want_event);
        }
}

BOOST_FIXTURE_TEST_CASE(a_row_is_sent_once_its_time_has_come, Fixture) {
    add("return-1@crm.test", Kind::handback, 0, kToken, 100);
    const auto outbox = start();
    std::this_thread::sleep_for(100ms);
    BOOST_TEST(server.mails().empty());
    now += 100;
    outbox->wake();
    BOOST_TEST(comes([&] { return all_queued(); }));
}

BOOST_FIXTURE_TEST_CASE(a_server_that_comes_back_gets_all, Fixture) {
    server.behave = Behave::greet_554;
    add("return-1@crm.test");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return !row().last_error.empty(); }));
    BOOST_TEST(row().attempts == 0);   // the server was away: the mail was not tried
    server.behave = Behave::queue;
    now += 10;
    BOOST_TEST(comes([&] { return all_queued(); }));   // nobody wakes it: its own pause ends
}

BOOST_FIXTURE_TEST_CASE(rows_of_one_token_keep_their_order, Fixture) {
    add("first@crm.test", Kind::handback, 0, kToken, 50);
    add("second@crm.test");
    add("other@crm.test", Kind::handback, 0, kOtherToken);
    const auto outbox = start();
    BOOST_TEST(comes([&] { return server.mails().size() == 1; }));
    BOOST_TEST(server.mails().at(0).recipient_line == "RCPT TO:<other@crm.test>");
    BOOST_TEST(comes([&] { return row(1).next_at >= kNow + 50; }));
    now += 51;
    outbox->wake();
    BOOST_TEST(comes([&] { return all_queued(); }));
    const auto mails = server.mails();
    BOOST_REQUIRE(mails.size() == 3);
    BOOST_TEST(mails[1].recipient_line == "RCPT TO:<first@crm.test>");
    BOOST_TEST(mails[2].recipient_line == "RCPT TO:<second@crm.test>");
}

BOOST_FIXTURE_TEST_CASE(many_rows_go_over_one_connection, Fixture) {
    for (int i = 0; i < 50; ++i) add("r" + std::to_string(i) + "@crm.test");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return all_queued(); }));
    const auto mails = server.mails();
    BOOST_REQUIRE(mails.size() == 50);
    for (int i = 0; i < 50; ++i) BOOST_TEST(mails[static_cast<std::size_t>(i)].recipient_line == "RCPT TO:<r" + std::to_string(i) + "@crm.test>");
    BOOST_TEST(server.connections == 1);
}

BOOST_FIXTURE_TEST_CASE(a_stop_in_the_middle_loses_nothing, Fixture) {
    server.behave = Behave::hang_at_end;
    submitter = make_smtp_submitter({1000ms, 60'000ms});
    add("return-1@crm.test");
    {
        const auto outbox = start(200ms);
        std::this_thread::sleep_for(300ms);
        const auto began = std::chrono::steady_clock::now();
        outbox->stop();
        BOOST_TEST((std::chrono::steady_clock::now() - began < 5s));
    }
    BOOST_TEST((row().state == State::pending));
    BOOST_TEST(row().attempts == 0);
    server.behave = Behave::queue;
    submitter = make_smtp_submitter();
    const auto again = start();
    BOOST_TEST(comes([&] { return all_queued(); }));
}

// A second target: the webhook of example.com.
struct WithWebhook : Fixture {
    WithWebhook() {
        conf::Webhook webhook;
        webhook.url = receiver.url();
        webhook.events = {"bounce", "delay"};
        webhook.private_addresses = true;
        webhook.timeout = webhook.connect_timeout = 1;
        auto made = config();
        made.service.submit = server.url;
        made.domains[0].webhook = webhook;
        Receivers receivers;
        receivers.emplace("example.com", Receiver{webhook, {{"0123456789abcdef", "0123456789abcdef"}}});
        mailboxes = std::make_shared<const Mailboxes>(std::make_shared<const conf::Config>(made), receivers);
    }
    void add_event(const std::string& type, const std::string& token = kToken, base::Seconds age = 0) {
        store::Report report;
        report.events.push_back(make_event(type, "example.com", nullptr, {}, {type, token, std::to_string(age)}, now - age));
        report.events.back().token = token;
        add_webhooks(report, *mailboxes, now - age);
        put(store, report);
    }
    std::vector<store::Outgoing> webhooks(const std::string& token = kToken) {
        auto rows = store.outgoing_of(token);
        std::erase_if(rows, [](const auto& each) { return each.kind != Kind::webhook; });
        return rows;
    }
    HttpServer receiver;
};

constexpr const char* kStatus = "HTTP/1.1 {} X\r\nContent-Length: 0\r\n{}\r\n";
std::string status(int code, const std::string& more = "") { return fmt::format(fmt::runtime(kStatus), code, more); }

BOOST_FIXTURE_TEST_CASE(an_event_reaches_its_webhook_once, WithWebhook) {
    add_event("bounce");
    add_event("bounce");      // the same again
    add_event("delivered");   // not asked for
    BOOST_TEST(webhooks().size() == 1u);
    const auto outbox = start();
    BOOST_TEST(comes([&] { return webhooks()[0].state == State::delivered; }));
    outbox->stop();
    const auto requests = receiver.requests();
    BOOST_REQUIRE(requests.size() == 1);
    BOOST_TEST(requests[0].find("webhook-id: " + webhooks()[0].event_ids[0]) != std::string::npos);
    BOOST_TEST(store.find_outgoing(webhooks()[0].id)->mail.empty());
}

BOOST_FIXTURE_TEST_CASE(what_answers_lead_to, WithWebhook) {
    const struct {
        std::string answer;
        base::Seconds age;
        State want_state;
        base::Seconds want_wait_least, want_wait_most;
        std::size_t want_notices;
    } rows[] = {
        {status(301), 0, State::pending, 4, 6, 0},
        {status(400), 0, State::pending, 4, 6, 0},
        {status(500), 0, State::pending, 4, 6, 0},
        {status(503), 0, State::pending, 4, 6, 0},
        {status(429, "Retry-After: 100\r\n"), 0, State::pending, 100, 100, 0},
        {"reset", 0, State::pending, 4, 6, 0},
        {"", 0, State::pending, 4, 6, 0},
        {status(500), kFiveDays - 1, State::pending, 4, 6, 0},
        {status(500), kFiveDays, State::failed, 0, 0, 2},
        {"reset", kFiveDays, State::failed, 0, 0, 2},
        {status(410), 0, State::failed, 0, 0, 2},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.answer << " " << row.age) {
            WithWebhook fresh;
            fresh.receiver.answer(row.answer);
            fresh.add_event("bounce", kToken, row.age);
            auto outbox = fresh.start();
            BOOST_TEST(fresh.comes([&] { return !fresh.webhooks()[0].last_error.empty(); }));
            outbox->stop();
            const auto got = fresh.webhooks()[0];
            BOOST_TEST((got.state == row.want_state));
            if (row.want_state == State::pending) {
                BOOST_TEST(got.attempts == 1);
                BOOST_TEST(got.next_at - kNow >= row.want_wait_least);
                BOOST_TEST(got.next_at - kNow <= row.want_wait_most);
            }
            store::Store::OutboxQuery all;
            all.state = "all";
            BOOST_TEST(fresh.store.outbox(all).size() == 1 + row.want_notices);
        }
}

BOOST_FIXTURE_TEST_CASE(a_dead_webhook_holds_up_no_mail, WithWebhook) {
    receiver.answer("");
    for (int i = 0; i < 30; ++i) add_event("bounce", kToken, i);
    add("return-1@crm.test");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return server.mails().size() == 1; }));
    BOOST_TEST(receiver.requests().size() <= 8u);
}

BOOST_FIXTURE_TEST_CASE(one_that_is_gone_is_left_alone_until_enabled, WithWebhook) {
    receiver.answer(status(410));
    add_event("bounce");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return webhooks()[0].state == State::failed; }));
    add_event("delay");
    outbox->wake();
    BOOST_TEST(comes([&] { return webhooks().at(1).state == State::failed; }));
    BOOST_TEST(receiver.requests().size() == 1u);
    const auto targets = store.targets();
    BOOST_REQUIRE(targets.size() == 1);
    BOOST_TEST(targets[0].name == "webhook:example.com");
    BOOST_TEST(targets[0].disabled_at == kNow);
    receiver.answer(status(200));
    store.set_target({targets[0].name, targets[0].url, 0, 0, ""});
    BOOST_TEST(store.retry_failed("other.test", kNow) == 0);
    BOOST_TEST(store.retry_failed("example.com", kNow) == 2);
    outbox->wake();
    BOOST_TEST(comes([&] { return webhooks()[0].state == State::delivered && webhooks()[1].state == State::delivered; }));
    BOOST_TEST(receiver.requests().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(events_of_one_message_keep_their_order, WithWebhook) {
    receiver.answer(status(500));
    add_event("delay");
    const auto outbox = start();
    BOOST_TEST(comes([&] { return webhooks()[0].attempts == 1; }));
    add_event("bounce");
    outbox->wake();
    BOOST_TEST(comes([&] { return webhooks()[1].next_at > kNow; }));
    receiver.answer(status(200));
    now += 10;
    outbox->wake();
    BOOST_TEST(comes([&] { return webhooks()[1].state == State::delivered; }));
    const auto requests = receiver.requests();
    BOOST_REQUIRE(requests.size() == 3);
    BOOST_TEST(requests[1].find("\"type\":\"delay\"") != std::string::npos);
    BOOST_TEST(requests[2].find("\"type\":\"bounce\"") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(rows_of_a_webhook_that_is_no_more_are_dead_letters, WithWebhook) {
    add_event("bounce");
    auto made = config();
    made.service.submit = server.url;
    mailboxes = mailboxes_of(std::move(made));
    const auto outbox = start();
    BOOST_TEST(comes([&] { return webhooks()[0].state == State::failed; }));
    BOOST_TEST(store.dead_letters("example.com") == 1);
    BOOST_TEST(store.drop(webhooks()[0].id) == 1);
    BOOST_TEST(store.drop(webhooks()[0].id) == 0);
    BOOST_TEST(store.dead_letters("") == 0);
}

BOOST_FIXTURE_TEST_CASE(it_answers_while_its_thread_steps, Fixture) {
    Outbox outbox(store, *submitter, *http, OutboxPorts{[this] { return mailboxes; }, [this] { return now.load(); }, 5s});
    BOOST_TEST(!outbox.answers(10ms));   // not begun
    outbox.start();
    for (int i = 0; i < 3; ++i) BOOST_TEST(outbox.answers(10s));
}

BOOST_FIXTURE_TEST_CASE(settle_waits_for_the_running_submit, Fixture) {
    server.behave = Behave::hang_at_end;   // for 1.5 s
    add("return-1@crm.test");
    const auto outbox = start();
    outbox->settle();   // nothing runs, or the one that does
    std::this_thread::sleep_for(300ms);
    outbox->settle();
    BOOST_TEST(row().attempts == 1);
}

}  // namespace
}  // namespace crmrelay::report
