// SPDX-License-Identifier: BSD-2-Clause
//
// The real milter over its socket: what an MTA and policyd see of it, message after message.
#include <libmilter/mfapi.h>

#include <boost/test/unit_test.hpp>

#include <string>

#include "tests/milter/real_milter.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter::test;
using bench::Answer;

Reaction crm(const policy::Question& question) {
    if (std::holds_alternative<policy::Whose>(question)) return policy::Answer(policy::Mine{});
    const auto& message = std::get<policy::Admit>(question).message;
    return policy::Answer(policy::Relay{"tok" + message.queue_id + "@bounce.example.com", "tok" + message.queue_id, message.ret.empty()});
}

struct Setting {
    Folder folder;
    FakePolicyd policyd{folder.socket("admission.sock"), crm};
    RealMilter milter{folder};
};

void check_relayed(const Answer& answer, const std::string& want_sender, const std::string& want_args) {
    BOOST_TEST(answer.verdict == SMFIR_CONTINUE);
    BOOST_REQUIRE(answer.edits.size() == 1u);
    BOOST_TEST(answer.edits[0].command == SMFIR_CHGFROM);
    BOOST_TEST(answer.edits[0].arguments.at(0) == want_sender);
    BOOST_TEST((answer.edits[0].arguments.size() > 1 ? answer.edits[0].arguments[1] : "") == want_args);
}

void check_refused(const Answer& answer, const std::string& want_start, const std::string& want_end) {
    BOOST_TEST(answer.verdict == SMFIR_REPLYCODE);
    BOOST_TEST(answer.reply.starts_with(want_start), answer.reply);
    BOOST_TEST(answer.reply.ends_with(want_end), answer.reply);
    BOOST_TEST(answer.edits.empty());
}

const SmtpSession::Client kStranger{"198.51.100.1", "", 4001, true};

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol)

BOOST_FIXTURE_TEST_CASE(negotiation, Setting) {
    bench::MilterWire wire(milter.endpoint());
    wire.negotiate();
    BOOST_TEST((wire.actions() & SMFIF_CHGFROM) != 0u);
    BOOST_TEST((wire.steps() & (SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOUNKNOWN)) == (SMFIP_NOBODY | SMFIP_NOUNKNOWN));
    BOOST_TEST((wire.steps() & (SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH)) == (SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH));
    BOOST_TEST(wire.symbols().at(SMFIM_ENVFROM).find("{client_port}") != std::string::npos);
    bench::MilterWire poor(milter.endpoint());
    BOOST_CHECK_THROW(poor.negotiate(SMFI_CURR_ACTS & ~SMFIF_CHGFROM), std::runtime_error);
    BOOST_TEST(milter.logs("SMFIF_CHGFROM"));
}

BOOST_FIXTURE_TEST_CASE(an_mta_that_renounces_no_answer_gets_each, Setting) {
    bench::MilterWire wire(milter.endpoint());
    wire.negotiate(SMFI_CURR_ACTS, SMFI_V1_PROT);
    BOOST_TEST((wire.steps() & (SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH)) == 0u);
    const std::string address = "192.0.2.10";
    BOOST_TEST(wire.connect("crm.test", address, 4000, {{"{client_addr}", address}}).verdict == SMFIR_CONTINUE);
    BOOST_TEST(wire.mail({"<a@crm.test>"}, {{"{auth_authen}", "crm@example.com"}}).verdict == SMFIR_CONTINUE);
    BOOST_TEST(wire.rcpt({"<b@dest.test>"}).verdict == SMFIR_CONTINUE);
    BOOST_TEST(wire.data().verdict == SMFIR_CONTINUE);
    BOOST_TEST(wire.header("From", "a@example.com").verdict == SMFIR_CONTINUE);
    BOOST_TEST(wire.end_of_header().verdict == SMFIR_CONTINUE);
    check_relayed(wire.end({{"i", "4F1"}}), "<tok4F1@bounce.example.com>", "ENVID=tok4F1 RET=HDRS");
}

BOOST_FIXTURE_TEST_CASE(a_crms_message_is_relayed_with_all_its_facts, Setting) {
    SmtpSession session(milter.endpoint());
    session.mail({"<bounce@crm.test>", "SIZE=4096", "RET=FULL", "ENVID=crm+2B1"});
    session.rcpt({"<a@dest.test>", "ORCPT=rfc822;a@old.test", "NOTIFY=FAILURE"});
    session.rcpt({"<b@dest.test>"});
    BOOST_TEST(session.data("4F7").goes_on());
    const auto answer = session.content({{"Received", "from x"}, {"From", "Sales <sales@example.com>"}, {"Message-ID", "<7@crm.test>"}, {"X-CRM-Id", "42"}, {"X-Other", "43"}}, "4F7");
    check_relayed(answer, "<tok4F7@bounce.example.com>", "ENVID=tok4F7");   // the CRM gave RET itself

    const auto asked = policyd.asked_for<policy::Admit>();
    BOOST_REQUIRE(asked.size() == 1u);
    const auto& [id, facts, message] = asked[0];
    BOOST_TEST(facts.client.text() == "192.0.2.10");
    BOOST_TEST(facts.port == 4000);
    BOOST_TEST(facts.login == "crm@example.com");
    BOOST_TEST(facts.tls == "TLSv1.3");
    BOOST_TEST(message.queue_id == "4F7");
    BOOST_TEST(message.sender == "bounce@crm.test");
    BOOST_TEST(message.envid == "crm+2B1");
    BOOST_TEST(message.ret == "FULL");
    BOOST_TEST(message.size == 4096u);
    BOOST_REQUIRE(message.recipients.size() == 2u);
    BOOST_TEST(message.recipients[0].orcpt == "rfc822;a@old.test");
    BOOST_TEST(message.recipients[0].notify == "FAILURE");
    BOOST_TEST(message.from == std::vector<std::string>{"Sales <sales@example.com>"}, boost::test_tools::per_element());
    BOOST_TEST(message.message_id == "<7@crm.test>");
    BOOST_REQUIRE(message.headers.size() == 1u);
    BOOST_TEST(message.headers[0].second == "42");
    BOOST_TEST(policyd.asked_for<policy::Whose>().empty());   // its login says it
    BOOST_TEST(policyd.asked_for<policy::Announce>().at(0).session == id);
}

BOOST_FIXTURE_TEST_CASE(ordinary_mail_is_accepted_out_of_the_way_at_data, Setting) {
    policyd.behave([](const policy::Question&) { return policy::Answer(policy::Pass{}); });
    SmtpSession session(milter.endpoint(), kStranger);
    for (int i = 0; i < 3; ++i) {
        session.mail();
        session.rcpt();
        BOOST_TEST(session.data().verdict == SMFIR_ACCEPT);
    }
    BOOST_TEST(policyd.asked_for<policy::Whose>().size() == 3u);
    BOOST_TEST(policyd.asked_for<policy::Admit>().empty());
}

BOOST_FIXTURE_TEST_CASE(messages_of_one_session_know_nothing_of_each_other, Setting) {
    SmtpSession session(milter.endpoint());
    session.mail({"<one@crm.test>", "ENVID=one", "RET=FULL"});
    session.rcpt({"<one@dest.test>", "NOTIFY=NEVER"});
    session.data("4F1");
    session.content({{"From", "one@example.com"}, {"Message-ID", "<1@x>"}, {"X-CRM-Id", "1"}}, "4F1");
    session.mail({"<dropped@crm.test>"});   // RSET after RCPT
    session.rcpt({"<dropped@dest.test>"});
    session.wire.abort();
    session.mail({"<aborted@crm.test>"});   // in the middle of the header
    session.rcpt({"<aborted@dest.test>"});
    session.data("4F2");
    session.wire.header("From", "aborted@example.com");
    session.wire.abort();
    session.mail({"<without-an-end@crm.test>"});   // and without an ABORT: the next MAIL comes at once
    session.rcpt({"<without-an-end@dest.test>"});
    session.mail({"<two@crm.test>"});
    session.rcpt({"<two@dest.test>"});
    session.data("4F3");
    check_relayed(session.content({{"From", "two@example.com"}}, "4F3"), "<tok4F3@bounce.example.com>", "ENVID=tok4F3 RET=HDRS");

    const auto asked = policyd.asked_for<policy::Admit>();
    BOOST_REQUIRE(asked.size() == 2u);
    const auto& second = asked[1].message;
    BOOST_TEST(second.sender == "two@crm.test");
    BOOST_TEST(second.envid + second.ret + second.message_id == "");
    BOOST_REQUIRE(second.recipients.size() == 1u);
    BOOST_TEST(second.recipients[0].address == "two@dest.test");
    BOOST_TEST(second.recipients[0].notify == "");
    BOOST_TEST(second.from == std::vector<std::string>{"two@example.com"}, boost::test_tools::per_element());
    BOOST_TEST(second.headers.empty());
    BOOST_TEST(policyd.asked_for<policy::Announce>().size() == 5u);
}

BOOST_FIXTURE_TEST_CASE(refused_then_the_next_one, Setting) {
    policyd.behave([](const policy::Question& question) -> Reaction {
        if (std::get<policy::Admit>(question).message.queue_id == "4F1")
            return policy::Answer(policy::Reply::permanent("7.1", "from", "100% not yours"));
        return crm(question);
    });
    SmtpSession session(milter.endpoint());
    check_refused(session.message("4F1"), "550 5.7.1 100%% not yours", "[crmrelay:from]");   // Postfix makes one % of two
    check_relayed(session.message("4F2"), "<tok4F2@bounce.example.com>", "ENVID=tok4F2 RET=HDRS");
}

BOOST_FIXTURE_TEST_CASE(a_relayed_message_without_a_return_path_stays_as_it_is, Setting) {
    policyd.behave([](const policy::Question&) { return policy::Answer(policy::Relay{"", "", false}); });
    SmtpSession session(milter.endpoint());
    const auto answer = session.message();
    BOOST_TEST(answer.goes_on());
    BOOST_TEST(answer.edits.empty());
}

BOOST_FIXTURE_TEST_CASE(every_from_field_is_told, Setting) {
    SmtpSession session(milter.endpoint());
    session.mail();
    session.rcpt();
    session.data();
    session.content({{"From", "a@example.com"}, {"from", "b@other.test"}, {"FROM ", "c@other.test"}});
    BOOST_TEST(policyd.asked_for<policy::Admit>().at(0).message.from.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_client_without_an_address, Setting) {
    SmtpSession session(milter.endpoint(), {"", "", 0, false});
    BOOST_TEST(session.message("4F5").goes_on());
    BOOST_TEST(policyd.asked_for<policy::Announce>().empty());
    BOOST_TEST(policyd.asked_for<policy::Admit>().at(0).facts.client.text() == "::");
}

BOOST_FIXTURE_TEST_CASE(the_address_of_xxfi_connect_serves_where_the_macros_are_missing, Setting) {
    bench::MilterWire wire(milter.endpoint());
    wire.negotiate();
    wire.connect("crm.test", "2001:db8::7", 4007);
    wire.mail({"<a@crm.test>"});
    const auto announced = policyd.wait_for<policy::Announce>(1);
    BOOST_REQUIRE(announced.size() == 1u);
    BOOST_TEST(announced[0].facts.client.text() == "2001:db8::7");
    BOOST_TEST(announced[0].facts.port == 4007);
}

BOOST_FIXTURE_TEST_CASE(sessions_end_in_any_way, Setting) {
    for (int phase = 0; phase < 6; ++phase) {   // the connection just vanishes
        SmtpSession session(milter.endpoint());
        if (phase > 0) session.mail();
        if (phase > 1) session.rcpt();
        if (phase > 2) session.data();
        if (phase > 3) session.wire.header("From", "a@example.com");
        if (phase > 4) session.wire.end_of_header();
        session.wire.flush();
    }
    {
        bench::MilterWire wire(milter.endpoint());   // before negotiating; then QUIT as the first command
    }
    {
        bench::MilterWire wire(milter.endpoint());
        wire.quit();
    }
    {
        SmtpSession session(milter.endpoint());
        session.wire.put_packet('?', "what");
        session.wire.flush();
    }
    BOOST_TEST(policyd.wait_for<policy::Close>(5).size() == 5u);   // those that had announced themselves
    const auto ended = policyd.wait_for<policy::Ended>(1);   // those that had greeted and sent no MAIL
    BOOST_TEST(!ended.empty());
    for (const auto& one : ended) BOOST_TEST((one.greetings == 1u && one.facts.client.text() == "192.0.2.10"));
    SmtpSession session(milter.endpoint());
    BOOST_TEST(session.message().goes_on());
    BOOST_TEST(milter.log().find("private data") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(policyd_dead_in_every_phase, Setting) {
    const std::string away = "[crmrelay:unavailable]";
    const SmtpSession::Client listed{"192.0.2.10", "", 4002, true};
    for (int phase = 0; phase < 3; ++phase) {   // 0: all along; 1: after MAIL; 2: after DATA
        SmtpSession crm_session(milter.endpoint()), of_network(milter.endpoint(), listed), to_local(milter.endpoint(), listed), stranger(milter.endpoint(), kStranger);
        policyd.behave([](const policy::Question& q) { return std::get<policy::Whose>(q).facts.login.empty() ? policy::Answer(policy::Mine{}) : policy::Answer(policy::Pass{}); });
        if (phase == 0) policyd.stop();
        for (auto* session : {&crm_session, &of_network, &to_local, &stranger}) {
            BOOST_TEST(session->mail().goes_on());
            session->rcpt({"<x@dest.test>"}, session == &to_local ? "local" : "smtp");
        }
        if (phase == 1) policyd.stop();
        BOOST_TEST(crm_session.data().goes_on());
        if (phase < 2) {
            check_refused(of_network.data(), "451 4.3.0 ", away);
            BOOST_TEST(to_local.data().verdict == SMFIR_ACCEPT);
            if (phase == 0) BOOST_TEST(stranger.data().verdict == SMFIR_ACCEPT);
            else check_refused(stranger.data(), "451 4.3.0 ", away);   // it may have been granted meanwhile
        } else {   // policyd claims them all, then dies
            for (auto* session : {&of_network, &to_local, &stranger}) BOOST_TEST(session->data().goes_on());
            policyd.stop();
            for (auto* session : {&of_network, &to_local, &stranger}) check_refused(session->content(), "451 4.3.0 ", away);
        }
        check_refused(crm_session.content(), "451 4.3.0 ", away);
        policyd.start();
        policyd.behave(crm);
        BOOST_TEST(crm_session.message("4F9").goes_on());   // and on as soon as it is back
    }
    BOOST_TEST(milter.logs("unavailable client=192.0.2.10 login=crm@example.com service=10587 step=mail action=unannounced"));
}

BOOST_FIXTURE_TEST_CASE(a_long_header_field_and_too_many, Setting) {
    SmtpSession session(milter.endpoint());
    session.mail();
    session.rcpt();
    session.data();
    check_relayed(session.content({{"From", std::string(102'400, 'x')}, {"To", std::string(102'400, 'y')}}), "<tok4F1@bounce.example.com>", "ENVID=tok4F1 RET=HDRS");
    session.mail();
    session.rcpt();
    session.data();
    check_refused(session.content(std::vector<std::pair<std::string, std::string>>(300, {"From", "a@example.com"})), "550 5.3.4 ", "[crmrelay:limit]");
}

BOOST_FIXTURE_TEST_CASE(reload, Setting) {
    SmtpSession session(milter.endpoint(), {"198.51.100.1", "new@example.com", 4003, true});
    policyd.behave([](const policy::Question& q) { return std::holds_alternative<policy::Whose>(q) ? policy::Answer(policy::Pass{}) : std::get<policy::Answer>(crm(q)); });
    BOOST_TEST(session.message().verdict == SMFIR_ACCEPT);
    milter.spoil_config();
    milter.reload();
    BOOST_TEST(milter.logs("crmrelay.toml:2:"));   // line and column
    SmtpSession still(milter.endpoint());
    BOOST_TEST(still.message().goes_on());         // the old one keeps serving
    milter.write_config("\"crm@example.com\", \"new@example.com\"");
    milter.reload();
    for (int i = 0; i < 500 && session.message().verdict == SMFIR_ACCEPT; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_TEST(session.message().goes_on());
}

BOOST_FIXTURE_TEST_CASE(at_sigterm_a_running_callback_finishes, Setting) {
    policyd.behave([](const policy::Question& question) {
        std::this_thread::sleep_for(std::chrono::seconds(2));
        return crm(question);
    });
    SmtpSession session(milter.endpoint());
    session.mail();
    session.rcpt();
    session.data();
    int status = -1;
    std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        status = milter.stop(SIGTERM);
    });
    check_relayed(session.content(), "<tok4F1@bounce.example.com>", "ENVID=tok4F1 RET=HDRS");
    stopper.join();
    BOOST_TEST(status == 0);
}

BOOST_FIXTURE_TEST_CASE(a_stale_socket_is_replaced_and_a_served_one_respected, Setting) {
    BOOST_TEST(milter.run("-f") == 1);
    BOOST_TEST(milter.logs("another process serves this socket"));
    milter.stop(SIGKILL);
    std::filesystem::remove(folder.file("milter.log"));
    milter.start();
    SmtpSession session(milter.endpoint());
    BOOST_TEST(session.message().goes_on());
}

BOOST_FIXTURE_TEST_CASE(options, Setting) {
    BOOST_TEST(milter.run("-t") == 0);
    BOOST_TEST(milter.run("--version") == 0);
    BOOST_TEST(milter.run("-x") == 2);
    milter.spoil_config();
    BOOST_TEST(milter.run("-t") == 1);
    BOOST_TEST(milter.logs("crmrelay.toml:2:"));
}

BOOST_AUTO_TEST_CASE(over_tcp) {
    Folder folder;
    FakePolicyd policyd(folder.socket("admission.sock"), crm);
    RealMilter milter(folder, "inet:28917@127.0.0.1");
    SmtpSession session(milter.endpoint());
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) BOOST_TEST(session.message().goes_on());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    BOOST_TEST(took.count() < 2.0);   // 40 ms a message and more with Nagle's algorithm
}

BOOST_AUTO_TEST_SUITE_END()
