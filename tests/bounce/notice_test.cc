// SPDX-License-Identifier: BSD-2-Clause
//
// Addresses, codes and hosts in running text; what a notice's words are taken for; HTML; mboxes.
#include <boost/test/unit_test.hpp>

#include "bounce/find_address.hh"
#include "bounce/mbox.hh"
#include "bounce/notice.hh"
#include "bounce/readable.hh"
#include "bounce/statuses.hh"

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(addresses_are_found_in_text) {
    const struct {
        std::string text, want;
    } rows[] = {
        {"to <a.b+c@dest.test>: no", "a.b+c@dest.test"}, {"a@b.test.", "a@b.test"},        {"\"a b\"@dest.test x", "\"a b\"@dest.test"}, {"x@[192.0.2.1]", "x@[192.0.2.1]"},
        {"no address", ""},                              {"@dest.test", ""},                {"a@", ""},                                   {"@@@ c@d.test", "c@d.test"},
        {"\xce\xb1@dest.test", "\xce\xb1@dest.test"},
    };
    for (const auto& row : rows) BOOST_TEST(find_address(row.text) == row.want, row.text);
}

BOOST_AUTO_TEST_CASE(the_code_that_tells_most_wins) {
    const struct {
        std::string field, text, want;
    } rows[] = {
        {"5.0.0", "550 5.1.1 no", "5.1.1"},
        {"5.1.1", "550 5.7.1 no", "5.7.1"},
        {"5.1.1", "550 #5.1.0 no", "5.1.1"},
        {"4.4.7", "554 4.4.7 Message expired <421 4.4.2 Connection timed out>", "4.4.2"},
        {"5.0.0", "550 unknown user\n503 5.0.0 Need RCPT", "5.0.0"},
        {"", "sorry (#5.2.2)", "5.2.2"},
        {"5.1.2", "", "5.1.2"},
        {"", "client 192.0.2.1 is bad", ""},
    };
    for (const auto& row : rows) BOOST_TEST(better_status(row.field, row.text) == row.want, row.text);
    BOOST_TEST(last_code_in("host mx said: 550 5.1.1 no") == 550);
    BOOST_TEST(last_code_in("552 Mailbox full") == 552);
    BOOST_TEST(last_code_in("nothing") == 0);
    BOOST_TEST(host_in("SMTP error: host mx.dest.test [192.0.2.1]: 550") == "mx.dest.test");
    BOOST_TEST(one_line(" a\r\n\t b  c ") == "a b c");
}

BOOST_AUTO_TEST_CASE(a_notice_is_taken_apart) {
    const std::string text = "This is the mail system at host relay.test.\n\nFor further assistance, please contact <postmaster@relay.test>\n\n<a@b.test>: unknown user\n    a@x.test is none\n\n<c@d.test> (expanded from\n    <e@f.test>): full\n\nReturn-Path: <x>\nMessage-ID: <m@x>\n";
    const auto notice = read_notice(text);
    BOOST_TEST(notice.system == "postfix");
    BOOST_TEST(notice.signed_by_system);
    BOOST_REQUIRE(notice.recipients.size() == 2U);
    BOOST_TEST(notice.recipients[0].address == "a@b.test");
    BOOST_TEST(notice.recipients[0].diagnostic == "unknown user\na@x.test is none");
    BOOST_TEST(notice.recipients[1].address == "c@d.test");
    BOOST_TEST(notice.original.of(text) == "Return-Path: <x>\nMessage-ID: <m@x>\n");
    BOOST_TEST(!read_notice("Hello there\n").signed_by_system);
    BOOST_TEST(read_notice("").recipients.empty());
}

BOOST_AUTO_TEST_CASE(html_becomes_lines) {
    const struct {
        std::string html, want;
    } rows[] = {
        {"a<br>b<p class=\"x\">c</p>", "a\nb\nc\n"}, {"&lt;a@b.test&gt;&amp;&nbsp;&#65;&#x;&bogus;", "<a@b.test>& A&#x;&bogus;"}, {"<style>x{}</style>y<script>z", "y"},
        {"1 < 2 <a@b.test>", "1 < 2 <a@b.test>"},    {"<b", "<b"},                                                                  {"", ""},
    };
    for (const auto& row : rows) BOOST_TEST(html_text(row.html) == row.want, row.html << " -> " << html_text(row.html));
}

BOOST_AUTO_TEST_CASE(an_mbox_is_split) {
    const std::string from = "From a@b.test Thu Jan  1 00:00:00 1970\n";
    BOOST_TEST(split_mbox("A: b\n\nFrom here on\n").size() == 1U);
    const auto two = from + "A: 1\n\nx\n\n" + from + "A: 2\n\nFrom here to 10 there\n";
    const auto messages = split_mbox(two);
    BOOST_REQUIRE(messages.size() == 2U);
    BOOST_TEST(messages[0] == "A: 1\n\nx\n\n");
    BOOST_TEST(messages[1] == "A: 2\n\nFrom here to 10 there\n");
    BOOST_TEST(split_mbox("").size() == 1U);
}

}  // namespace
}  // namespace crmrelay::bounce
