// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of ctl/mending.cc and ctl/words.cc: commands that a shell takes as they are, fields that are filled in.
#include <boost/test/unit_test.hpp>

#include "ctl/mending.hh"
#include "ctl/process.hh"
#include "ctl/words.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(mending)

BOOST_AUTO_TEST_CASE(words_of_a_shell) {
    for (const char* const text : {"plain", "", "two words", "it's", "{ unix:x, default_action=tempfail }", "a;b", "$HOME", "`id`", "~", "back\\slash", "crm+x@example.com", "--option=1"})
        BOOST_TEST(run({"sh", "-c", "printf %s " + shell_word(text)}).out == text);
    BOOST_TEST(shell_word("/etc/crmrelay.toml") == "/etc/crmrelay.toml");
}

BOOST_AUTO_TEST_CASE(commands) {
    const Mending usual(CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml", ""), moved("/tmp/my file.toml", "/etc/postfix-out");
    BOOST_TEST(usual.ctl("key rotate") == "crmrelayctl key rotate");
    BOOST_TEST(moved.ctl("key rotate") == "crmrelayctl -c '/tmp/my file.toml' key rotate");
    BOOST_TEST(usual.command("crmrelayctl resume example.com") == "crmrelayctl resume example.com");
    BOOST_TEST(moved.command("crmrelayctl resume example.com") == "crmrelayctl -c '/tmp/my file.toml' resume example.com");
    BOOST_TEST(moved.command("crmrelayctl crm") == "crmrelayctl -c '/tmp/my file.toml' crm");
    BOOST_TEST(moved.command("systemctl reload crmrelay.target") == "systemctl reload crmrelay.target");
    BOOST_TEST(moved.command("").empty());
    BOOST_TEST(moved.apply(false) == "crmrelayctl -c '/tmp/my file.toml' postfix --apply --postfix-config /etc/postfix-out && postfix -c /etc/postfix-out reload");
    BOOST_TEST(moved.apply(true).find("postfix --apply --shared") != std::string::npos);
    BOOST_TEST(moved.dns("example.com") == "crmrelayctl -c '/tmp/my file.toml' dns example.com --postfix-config /etc/postfix-out");
    BOOST_TEST(moved.main("delay_warning_time", "4h") == "postconf -c /etc/postfix-out -e 'delay_warning_time = 4h' && postfix -c /etc/postfix-out reload");
    BOOST_TEST(moved.service("10587/inet", "smtpd_tls_auth_only", "yes") == "postconf -c /etc/postfix-out -P 10587/inet/smtpd_tls_auth_only=yes && postfix -c /etc/postfix-out reload");
    BOOST_TEST(moved.start("crmrelay-nothing") == "crmrelay-nothing -c '/tmp/my file.toml'");
}

BOOST_AUTO_TEST_CASE(fields) {
    const Words tr("en");
    BOOST_TEST(tr("no field") == "no field");
    BOOST_TEST(tr("{b} after {a}", "a"_a = "one", "b"_a = 2) == "2 after one");
    BOOST_TEST(tr("{a}", "a"_a = "{b} {") == "{b} {");
    BOOST_TEST(tr.plural("{count} key of {who}", "{count} keys of {who}", 1, "who"_a = "me") == "1 key of me");
    BOOST_TEST(tr.plural("{count} key of {who}", "{count} keys of {who}", 3, "who"_a = "me") == "3 keys of me");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
