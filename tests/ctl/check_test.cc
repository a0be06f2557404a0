// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl check finds what is wrong, names it, and says what mends it.
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/endpoint.hh"
#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

namespace {

bool says(const test::Printed& printed, const std::string& line_begins) { return ("\n" + printed.out).find("\n" + line_begins) != std::string::npos; }

// Everything in its place but what a case changes.
struct Fine {
    test::Installation here;
    test::PostfixFolder folder;
    std::vector<base::Fd> sockets;

    Fine() {
        here.run(key, {"rotate"});
        here.with_store([](store::Store&) {});
        if (Postfix::installed()) {
            // Sockets in the temporary folder are not reached from a chroot.
            test::write_file(folder.path() + "/master.cf", "smtp inet n - n - - smtpd\nlmtp unix - - n - - lmtp\n");
            here.run(postfix, {"--apply", "--postfix-config", folder.path()});
        }
        for (const char* const name : {"milter", "policy", "bounce", "auth", "admission"})
            sockets.push_back(base::listen_on(*base::Endpoint::parse("unix:" + (here.dir() / name) + ".sock"), "", true));
        ::chmod(here.dir().path().c_str(), 0755);
    }
    test::Printed check() const { return here.run(ctl::check, {"--postfix-config", folder.path()}); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(check_command)

BOOST_AUTO_TEST_CASE(all_is_fine) {
    if (!test::have_postfix()) return;
    const Fine fine;
    const auto printed = fine.check();
    BOOST_TEST(printed.status == kFine, printed.out);
    BOOST_TEST(printed.out.find("FAIL") == std::string::npos, printed.out);
    BOOST_TEST(says(printed, "ok    smtpd_relay_restrictions:"));
    BOOST_TEST(says(printed, "ok    master.cf 10587/inet: crmrelay-milter stands there"));
}

BOOST_AUTO_TEST_CASE(every_problem_of_the_configuration) {
    const test::Installation here;
    test::write_file(here.config(), test::read_text(here.config()) + "nonsense = 1\nlogin = 2\n");
    const auto printed = here.run(check, {});
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(says(printed, "FAIL  " + here.config() + ":"), printed.out);
    for (const char* const key : {"nonsense", "\"login\""}) BOOST_TEST(printed.out.find(key) != std::string::npos, printed.out);
    BOOST_TEST(here.run(check, {"--json"}).out.find("\"level\": \"FAIL\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(secrets) {
    const test::Installation here;
    BOOST_TEST(says(here.run(check, {}), "FAIL  [service] keys"));
    here.run(key, {"rotate"});
    BOOST_TEST(says(here.run(check, {}), "ok    " + here.keys()));
    ::chmod(here.keys().c_str(), 0644);
    const auto printed = here.run(check, {});
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(says(printed, "FAIL  [service] keys"));
}

BOOST_AUTO_TEST_CASE(store_and_sockets) {
    Fine fine;
    BOOST_TEST(says(fine.check(), "ok    store sqlite://"), fine.check().out);
    test::write_file(fine.here.dir() / "crmrelay.db", "this is no database, whatever its name says");
    BOOST_TEST(says(fine.check(), "FAIL  store"), fine.check().out);
    fine.sockets.clear();   // the files stay, nobody listens
    BOOST_TEST(says(fine.check(), "FAIL  [service] policy unix:"), fine.check().out);
    ::unlink((fine.here.dir() / "policy.sock").c_str());
    BOOST_TEST(says(fine.check(), "warn  [service] policy unix:"), fine.check().out);
}

BOOST_AUTO_TEST_CASE(the_auth_socket_counts_where_crmrelay_keeps_logins) {
    const Fine fine;
    const std::string logins = fine.here.dir() / "logins";
    auto text = test::read_text(fine.here.config());
    test::write_file(fine.here.config(), text.insert(text.find("[service]\n") + 10, "logins = \"" + logins + "\"\n"));
    const auto lines = [&] {
        const auto out = fine.check().out;
        std::size_t count = 0;
        for (auto at = out.find("ok    [service] auth "); at != std::string::npos; at = out.find("ok    [service] auth ", at + 1)) ++count;
        return count;
    };
    BOOST_TEST(lines() == 0u);
    test::write_file(logins, "");
    BOOST_TEST(lines() == 1u, fine.check().out);
}

BOOST_AUTO_TEST_CASE(postfix_without_our_lines) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    const auto printed = here.run(check, {"--postfix-config", folder.path()});
    for (const char* const parameter : {"smtpd_relay_restrictions:", "relay_domains lacks", "transport_maps: nothing", "notify_classes lacks",
                                        "2bounce_notice_recipient is", "smtpd_milters:", "local_recipient_maps lacks", "[service] policy: "})
        BOOST_TEST(says(printed, std::string("FAIL  ") + parameter), printed.out);
    BOOST_TEST(printed.out.find("postfix --apply --postfix-config " + folder.path()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(certificates_that_nobody_asks_for) {
    if (!test::have_postfix()) return;
    const test::Installation here;
    const test::PostfixFolder folder;
    std::string digest = "AB";
    for (int i = 1; i < 32; ++i) digest += ":AB";
    test::write_file(here.config(), test::read_text(here.config()) + "certificates = [\"sha256:" + digest + "\"]\n");
    const auto printed = here.run(check, {"--postfix-config", folder.path()});
    for (const char* const parameter : {"smtpd_milters:", "smtpd_tls_ask_ccert:"})
        BOOST_TEST(says(printed, std::string("FAIL  ") + parameter), printed.out);
}

BOOST_AUTO_TEST_CASE(what_would_change_a_token) {
    if (!test::have_postfix()) return;
    const Fine fine;
    const auto patterns = fine.folder.path() + "/patterns";
    test::write_file(patterns, "/^.*@bounce\\.example\\.com$/ x@example.com\n");
    const struct {
        std::string lines;
        const char* want;   // a line begins so; empty: nothing fails
    } cases[] = {
        {"masquerade_domains = example.com\n", "FAIL  masquerade_domains"},
        {"masquerade_domains = !bounce.example.com example.com\n", ""},
        {"masquerade_domains = example.com\nmasquerade_classes = header_sender\n", ""},
        {"masquerade_domains = $mydomain\nmydomain = example.com\n", "FAIL  masquerade_domains"},
        {"sender_canonical_maps = inline:{@bounce.example.com=x@example.com}\n", "FAIL  sender_canonical_maps: inline:"},
        {"sender_canonical_maps = inline:{@bounce.example.com=@bounce.example.com}\n", ""},
        {"sender_canonical_maps = inline:{@else.test=x@example.com}\n", ""},
        {"sender_canonical_maps = inline:{@bounce.example.com=x@example.com}\nsender_canonical_classes = header_sender\n", ""},
        {"canonical_maps = regexp:" + patterns + "\n", "FAIL  canonical_maps: regexp:"},
        {"canonical_maps = inline:{bounce=someone}\n", "FAIL  canonical_maps: inline:"},
        {"smtp_generic_maps = inline:{@example.org=@else.test}\n", "FAIL  smtp_generic_maps: inline:"},
        {"smtp_generic_maps = inline:{bounce@example.org=bounce@example.org}\n", "FAIL  smtp_generic_maps: inline:"},
        {"canonical_maps = inline:{bounce@example.org=bounce@example.org}\n", ""},
        {"canonical_maps = hash:/nonexistent/map\n", "warn  canonical_maps: hash:/nonexistent/map cannot be asked"},
    };
    const auto before = fine.folder.main_cf();
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.lines) {
            test::write_file(fine.folder.path() + "/main.cf", before + c.lines);
            const auto printed = fine.check();
            if (*c.want) BOOST_TEST(says(printed, c.want), printed.out);
            BOOST_TEST(printed.status == (std::string(c.want).starts_with("FAIL") ? kWrong : kFine), printed.out);
        }
}

BOOST_AUTO_TEST_CASE(a_table_in_front_of_our_transport) {
    if (!test::have_postfix()) return;
    const Fine fine;
    const auto postfix = fine.folder.postfix();
    postfix.edit({{{"transport_maps", "inline:{bounce.example.com=smtp:elsewhere}, " + postfix.read().value("transport_maps")}}, {}});
    const auto printed = fine.check();
    BOOST_TEST(printed.status == kWrong);
    BOOST_TEST(printed.out.find("smtp:elsewhere") != std::string::npos, printed.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
