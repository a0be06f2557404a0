// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl postfix with a real postconf and a configuration of its own.
#include <boost/test/unit_test.hpp>

#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(postfix_command)

BOOST_AUTO_TEST_CASE(prints_without_changing) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    const auto before = folder.main_cf() + folder.master_cf();
    const auto printed = here.run(postfix, {"--postfix-config", folder.path()});
    BOOST_TEST(printed.status == kFine);
    BOOST_TEST(printed.out.find("transport_maps = inline:{bounce.example.com=lmtp:unix:" + here.dir().path() +
                                "/bounce.sock}, inline:{bounce@example.org=") != std::string::npos,
               printed.out);
    BOOST_TEST(printed.out.find("\n10587 inet n - y - - smtpd\n  -o syslog_name=postfix/crmrelay\n") != std::string::npos);
    BOOST_TEST(folder.main_cf() + folder.master_cf() == before);
}

BOOST_AUTO_TEST_CASE(applies_once_and_reverts_to_the_letter) {
    if (!test::have_postfix()) return;
    for (const bool shared : {false, true}) {
        const test::Installation here;
        const test::PostfixFolder folder;
        folder.add_to_main("smtpd_milters = inet:127.0.0.1:9999\nsmtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination\n");
        const auto main_before = folder.main_cf(), master_before = folder.master_cf();
        Arguments apply{"--apply", "--postfix-config", folder.path()};
        if (shared) apply.push_back("--shared");
        const auto first = here.run(postfix, apply);
        BOOST_TEST(first.status == kFine);
        BOOST_TEST(first.out.find("reload") != std::string::npos);
        BOOST_TEST(first.error == "");
        const auto main_after = folder.main_cf(), master_after = folder.master_cf();
        BOOST_TEST((master_after == master_before) == shared);
        BOOST_TEST(main_after.find("inet:127.0.0.1:9999") != std::string::npos);
        const auto second = here.run(postfix, apply);
        BOOST_TEST(second.out.find("nothing to change") != std::string::npos, second.out);
        BOOST_TEST(folder.main_cf() == main_after);
        BOOST_TEST(folder.master_cf() == master_after);
        BOOST_TEST(here.run(postfix, {"--revert", "--postfix-config", folder.path()}).status == kFine);
        BOOST_TEST(folder.main_cf() == main_before);
        BOOST_TEST(folder.master_cf() == master_before);
    }
}

BOOST_AUTO_TEST_CASE(reverts_only_its_own_part) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    here.run(postfix, {"--apply", "--postfix-config", folder.path()});
    const auto changed = folder.postfix();
    changed.edit({{{"relay_domains", changed.read().value("relay_domains") + ", mine.test"}, {"2bounce_notice_recipient", "me@example.org"}}, {}});
    const auto printed = here.run(postfix, {"--revert", "--postfix-config", folder.path()});
    BOOST_TEST(printed.out.find("2bounce_notice_recipient is now me@example.org: it stays") != std::string::npos);
    const auto state = changed.read();
    BOOST_TEST(state.value("relay_domains") == "mine.test");
    BOOST_TEST(state.value("2bounce_notice_recipient") == "me@example.org");
    BOOST_TEST(state.value("transport_maps") == "");
}

BOOST_AUTO_TEST_CASE(tells_who_had_the_notices) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    folder.add_to_main("2bounce_notice_recipient = admin@example.org\n");
    const auto printed = here.run(postfix, {"--apply", "--postfix-config", folder.path()});
    BOOST_TEST(printed.out.find("former_2bounce_recipient = \"admin@example.org\"") != std::string::npos, printed.out);
}

BOOST_AUTO_TEST_CASE(postfix_itself_understands_the_maps) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    here.run(postfix, {"--apply", "--postfix-config", folder.path()});
    const auto postfix = folder.postfix();
    BOOST_TEST((postfix.look_up("inline:{bounce.example.com=lmtp:unix:crmrelay/bounce.sock}", "bounce.example.com") ==
                std::optional<std::string>("lmtp:unix:crmrelay/bounce.sock")));
    const auto state = postfix.read();
    BOOST_REQUIRE(state.service("10587/inet"));
    BOOST_TEST(state.service("10587/inet")->options.at("smtpd_milters") ==
               "{ unix:" + here.dir().path() + "/milter.sock, default_action=tempfail, connect_timeout=5s, command_timeout=30s }");
}

BOOST_AUTO_TEST_CASE(a_port_that_is_held_is_refused) {
    if (!test::have_postfix()) return;
    const struct {
        const char *line, *port;   // port "": the default
        bool want_shared;          // as advice
    } cases[] = {
        {"submission inet n - y - - smtpd", "587", true},
        {"submissions inet n - y - - smtpd", "465", true},
        {"127.0.0.1:10587 inet n - y - - smtpd", "", true},
        {"10587 inet n n n - - spawn user=nobody argv=/bin/cat", "", false},
        {"", "25", true},   // smtp
    };
    for (const auto& c : cases) {
        const test::Installation here;
        const test::PostfixFolder folder;
        test::write_file(folder.path() + "/master.cf", folder.master_cf() + c.line + "\n");
        const auto before = folder.main_cf() + folder.master_cf();
        for (const bool apply : {false, true}) {
            Arguments arguments{"--postfix-config", folder.path()};
            if (apply) arguments.push_back("--apply");
            if (*c.port) arguments.insert(arguments.end(), {"--port", c.port});
            const auto printed = here.run(postfix, arguments);
            BOOST_TEST(printed.status == kWrong, c.line);
            BOOST_TEST(printed.error.find("/master.cf: port ") != std::string::npos, printed.error);
            BOOST_TEST((printed.error.find("--shared") != std::string::npos) == c.want_shared, printed.error);
            BOOST_TEST(folder.main_cf() + folder.master_cf() == before);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_service_by_its_name_is_ours_once_it_has_the_milter) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    test::write_file(folder.path() + "/master.cf", folder.master_cf() + "submission inet n - y - - smtpd -o {smtpd_milters={ unix:" + (here.dir() / "milter.sock") + " }}\n");
    here.run(postfix, {"--apply", "--postfix-config", folder.path()});
    BOOST_TEST(!folder.postfix().read().service("10587/inet"));
    const auto again = here.run(postfix, {"--apply", "--port", "587", "--postfix-config", folder.path()});
    BOOST_TEST(again.out.find("nothing to change") != std::string::npos, again.out);
    BOOST_TEST(again.status == kFine, again.error);
}

BOOST_AUTO_TEST_CASE(ports_that_the_crm_can_use) {
    if (!test::have_postfix()) return;
    const struct {
        const char *preset, *port, *more_master;
        const char* want;   // empty: no note
    } cases[] = {
        {"zoho", "10587", "", "none that the CRM offers for a relay (Zoho CRM: 25, 465, 587): take --port 465, which is free here"},
        {"zoho", "10587", "submissions inet n - y - - smtpd\nsubmission inet n - y - - smtpd\n", "take --shared"},
        {"zoho", "465", "", ""},
        {"google", "10587", "", ""},
        {"generic", "10587", "", ""},
        {"", "10587", "", ""},
    };
    for (const auto& c : cases) {
        const test::Installation here;
        const test::PostfixFolder folder;
        auto text = test::read_text(here.config());
        text = text.replace(text.find("[service]\n"), 10, "[service]\npresets = \"" CRMRELAY_SRCDIR "/conf/crm\"\n");
        if (*c.preset) text += "crm = \"" + std::string(c.preset) + "\"\n";
        test::write_file(here.config(), text);
        test::write_file(folder.path() + "/master.cf", folder.master_cf() + c.more_master);
        const auto printed = here.run(postfix, {"--port", c.port, "--postfix-config", folder.path()});
        BOOST_TEST(printed.status == kFine, printed.error);
        BOOST_TEST((*c.want ? printed.out.find(c.want) != std::string::npos : printed.out.find("offers for a relay") == std::string::npos), c.preset << ": " << printed.out);
        here.run(postfix, {"--apply", "--port", c.port, "--postfix-config", folder.path()});
        const auto checked = here.run(check, {"--postfix-config", folder.path()});
        BOOST_TEST((checked.out.find("warn  master.cf: crmrelay-milter stands at port") != std::string::npos) == (*c.want != 0), c.preset << ": " << checked.out);
    }
}

BOOST_AUTO_TEST_CASE(two_services_of_one_port_are_a_failure) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    test::write_file(folder.path() + "/master.cf", folder.master_cf() + "25 inet n - y - - smtpd -o syslog_name=second\n");
    const auto checked = here.run(check, {"--postfix-config", folder.path()});
    const auto at = checked.out.find("FAIL  master.cf: port 25 has two services");
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, checked.out);
    const auto line = checked.out.substr(at, checked.out.find('\n', at) - at);
    BOOST_TEST(line.find("\"smtp ") != std::string::npos, line);
    BOOST_TEST(line.find("syslog_name=second\"") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(usage) {
    const test::Installation here;
    BOOST_TEST(here.run(postfix, {"--apply", "--revert"}).status == kUsage);
    BOOST_TEST(here.run(postfix, {"--port", "0"}).status == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
