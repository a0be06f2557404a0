// SPDX-License-Identifier: BSD-2-Clause
//
// Submission by SMTP, and what each way to fail is taken for.
#include "report/submit.hh"

#include <boost/test/unit_test.hpp>

#include "tests/report/smtp_server.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using State = Submitted::State;
using namespace std::chrono_literals;

const std::string kMail = "Subject: x\r\n\r\n.dot\r\n\xc3\xa4\r\n";

std::string shown(State state) { return std::to_string(static_cast<int>(state)); }

BOOST_AUTO_TEST_CASE(a_queued_mail_has_its_queue_id) {
    SmtpServer server;
    const auto submitter = make_smtp_submitter();
    const auto result = submitter->submit(server.url, "return-1@crm.test", kMail);
    BOOST_TEST(shown(result.state) == shown(State::queued));
    BOOST_TEST(result.queue_id == "Q1");
    const auto mails = server.mails();
    BOOST_REQUIRE(mails.size() == 1);
    BOOST_TEST(mails[0].sender_line.starts_with("MAIL FROM:<>"));
    BOOST_TEST(mails[0].recipient_line == "RCPT TO:<return-1@crm.test>");
    BOOST_TEST(mails[0].octets == "Subject: x\r\n\r\n..dot\r\n\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(failures_are_told_apart) {
    const struct {
        Behave behave;
        State want_state;
        int want_code;
        std::string want_text;   // stands in it
    } rows[] = {
        {Behave::no_queue_id, State::queued, 250, "taken"},
        {Behave::greet_554, State::unreachable, 554, "554 no service here"},
        {Behave::ehlo_then_421, State::unreachable, 421, "421 4.3.2"},
        {Behave::mail_451, State::temporary, 451, "451 4.3.0 later"},
        {Behave::rcpt_450, State::temporary, 450, "450 4.2.0 not now"},
        {Behave::rcpt_550, State::permanent, 550, "550 5.1.1 no such user"},
        {Behave::data_end_451, State::temporary, 451, "451 4.3.0 queue file"},
        {Behave::data_end_554, State::permanent, 554, "554 5.7.1 refused"},
        {Behave::hang_at_end, State::temporary, 354, "354"},
        {Behave::reset_in_data, State::temporary, 354, ""},
        {Behave::endless_reply, State::temporary, 250, ""},
        {Behave::die_after_250, State::queued, 250, "queued as"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(static_cast<int>(row.behave)) {
            SmtpServer server;
            server.behave = row.behave;
            const auto submitter = make_smtp_submitter({1000ms, 1500ms});
            const auto result = submitter->submit(server.url, "a@crm.test", kMail + std::string(300'000, 'x') + "\r\n");
            BOOST_TEST(shown(result.state) == shown(row.want_state));
            BOOST_TEST(result.code == row.want_code);
            BOOST_TEST(result.text.find(row.want_text) != std::string::npos, result.text);
        }
}

BOOST_AUTO_TEST_CASE(a_port_that_nobody_serves_is_unreachable) {
    std::string url;
    {
        SmtpServer server;
        url = server.url;
    }
    const auto result = make_smtp_submitter()->submit(url, "a@crm.test", kMail);
    BOOST_TEST(shown(result.state) == shown(State::unreachable));
    BOOST_TEST(!result.text.empty());
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_and_its_death_costs_nothing) {
    SmtpServer server;
    const auto submitter = make_smtp_submitter();
    for (int i = 0; i < 3; ++i) BOOST_TEST(shown(submitter->submit(server.url, "a@crm.test", kMail).state) == shown(State::queued));
    BOOST_TEST(server.connections == 1);
    server.behave = Behave::die_after_250;
    BOOST_TEST(shown(submitter->submit(server.url, "a@crm.test", kMail).state) == shown(State::queued));
    std::this_thread::sleep_for(50ms);
    BOOST_TEST(shown(submitter->submit(server.url, "a@crm.test", kMail).state) == shown(State::queued));
    BOOST_TEST(server.connections == 2);
    submitter->rest();
    BOOST_TEST(shown(submitter->submit(server.url, "a@crm.test", kMail).state) == shown(State::queued));
    BOOST_TEST(server.connections == 3);
    BOOST_TEST(server.mails().size() == 6u);
}

BOOST_AUTO_TEST_CASE(an_address_cannot_carry_commands) {
    SmtpServer server;
    for (const auto* address : {"", "a@b.test>\r\nRCPT TO:<c@d.test", "a b@c.test", "<a@b.test>"})
        BOOST_TEST(shown(make_smtp_submitter()->submit(server.url, address, kMail).state) == shown(State::permanent));
    BOOST_TEST(server.connections == 0);
}

BOOST_AUTO_TEST_CASE(a_running_submit_can_be_aborted) {
    SmtpServer server;
    server.behave = Behave::hang_at_end;
    const auto submitter = make_smtp_submitter();
    std::thread other([&] {
        std::this_thread::sleep_for(300ms);
        submitter->abort();
    });
    const auto began = std::chrono::steady_clock::now();
    const auto result = submitter->submit(server.url, "a@crm.test", kMail);
    other.join();
    BOOST_TEST(shown(result.state) == shown(State::temporary));
    BOOST_TEST((std::chrono::steady_clock::now() - began < 10s));
}

BOOST_AUTO_TEST_CASE(queue_ids_are_read) {
    const struct {
        std::string reply, want;
    } rows[] = {
        {"250 2.0.0 Ok: queued as 4XyZk1", "4XyZk1"}, {"250 2.0.0 Ok: queued as 4XyZk1 (extra)", "4XyZk1"},      {"250 Ok", ""},
        {"250 queued as <x>", ""},                     {"250 queued as " + std::string(100, 'a'), ""}, {"", ""},
    };
    for (const auto& row : rows) BOOST_TEST(queue_id_in(row.reply) == row.want);
}

}  // namespace
}  // namespace crmrelay::report
