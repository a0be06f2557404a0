// SPDX-License-Identifier: BSD-2-Clause
//
// The hand-back's surgery: what it changes, what it leaves byte for byte, what it refuses.
#include "bounce/rewrite.hh"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.hh"
#include "tests/bounce/fixtures.hh"

using namespace crmrelay;
using namespace crmrelay::bounce;
using namespace crmrelay::bounce::fixtures;

namespace {

// What Salesforce gives has this shape and up to 138 octets.
const std::string kOriginal = "nobody=dest.test__0-" + std::string(60, 'a') + "@" + std::string(40, 'b') + ".bnc.crm.test";

Rewrite usual() {
    Rewrite rewrite;
    rewrite.our_address = kOurs;
    rewrite.original_address = kOriginal;
    rewrite.token = kToken;
    return rewrite;
}

std::string rewritten(std::string_view raw, const Rewrite& rewrite) {
    const auto report = read_report(raw);
    BOOST_REQUIRE(report.ok());
    auto out = rewrite_report(raw, *report, rewrite);
    BOOST_REQUIRE(out.ok());
    return *out;
}

std::string refused(const Rewrite& rewrite) {
    const auto raw = postfix_report(kFailedBlock);
    const auto out = rewrite_report(raw, *read_report(raw), rewrite);
    return out.ok() ? "" : out.error();
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string swapped(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rewrite)

BOOST_AUTO_TEST_CASE(only_our_address_and_envelope_id_change) {
    for (const std::string line_end : {"\n", "\r\n"}) {
        const auto raw = with_line_ends(postfix_report(kFailedBlock, "Message-ID: <m1@crm.test>\nSubject: 8-bit \xff and tab\t\n"), line_end);
        auto want = swapped(swapped(raw, kOurs, kOriginal), "K7Q2W9X4M1P8@Bounce.Example.COM", kOriginal);
        want = swapped(want, "Original-Envelope-Id: k7q2w9x4m1p8" + line_end, "");
        BOOST_TEST(rewritten(raw, usual()) == want);
    }
}

BOOST_AUTO_TEST_CASE(the_envelope_id_of_the_crm_comes_back) {
    struct Row {
        std::string envid;
        std::string want_field;
    };
    const std::vector<Row> rows{
        {"crm-1", "Original-Envelope-Id: crm-1\n"},
        {"a+3Db+20c", "Original-Envelope-Id: a=b c\n"},
        {"a+0D+0AX-Evil:+20yes", "Original-Envelope-Id: a+0D+0AX-Evil:+20yes\n"},
        {"a+zz", "Original-Envelope-Id: a+zz\n"},
    };
    const auto raw = postfix_report(kFailedBlock);
    for (const auto& row : rows) {
        auto rewrite = usual();
        rewrite.original_envid = row.envid;
        const auto out = rewritten(raw, rewrite);
        BOOST_TEST(holds(out, "Reporting-MTA: dns; mx.example.com\n" + row.want_field + "X-Postfix-Queue-ID"), row.envid);
    }

    auto rewrite = usual();
    rewrite.original_envid = "crm-1";
    const auto blocks = "\n" + std::string(kFailedBlock);
    BOOST_TEST(holds(rewritten(report_of("Reporting-MTA: dns; m\n" + blocks), rewrite), "\n\nOriginal-Envelope-Id: crm-1\nReporting-MTA: dns; m\n\nFinal"));
    BOOST_TEST(holds(rewritten(report_of(kFailedBlock), rewrite), "\n\nOriginal-Envelope-Id: crm-1\n\nFinal-Recipient"));
    BOOST_TEST(holds(rewritten(report_of("X-Envid: K7Q2W9X4M1P8\nOriginal-Envelope-Id:\n k7q2w9x4m1p8\n" + blocks), rewrite), "\n\nX-Envid: crm-1\n\nFinal"));
    const auto cut = std::string("To: <k7q2w9x4m1p8@bounce.example.com>\nContent-Type: message/delivery-status");
    BOOST_TEST(rewritten(cut, rewrite) == "To: <" + kOriginal + ">\nContent-Type: message/delivery-status");
    BOOST_TEST(!holds(rewritten(report_of("X-Envid: K7Q2W9X4M1P8\nOriginal-Envelope-Id: k7q2w9x4m1p8\n" + blocks), usual()), "nvelope-Id"));
}

BOOST_AUTO_TEST_CASE(an_envelope_id_that_goes_with_its_block_comes_back_elsewhere) {
    auto rewrite = usual();
    rewrite.original_envid = "crm-1";
    rewrite.keep_recipient = {true, false};
    const auto raw = report_of("Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x\n\nFinal-Recipient: rfc822; b@x\nOriginal-Envelope-Id: k7q2w9x4m1p8\n");
    BOOST_TEST(holds(rewritten(raw, rewrite), "\n\nOriginal-Envelope-Id: crm-1\nReporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x\n\n\n--b"));
}

BOOST_AUTO_TEST_CASE(recipients_that_are_not_kept_go) {
    const auto raw = postfix_report(std::string(kFailedBlock) + "\n" + std::string(kDelayedBlock) + "\n" + std::string(kDeliveredBlock));
    struct Row {
        std::vector<bool> keep;
        std::vector<std::string> want;
    };
    const std::vector<Row> rows{
        {{}, {"nobody@dest.test", "slow@dest.test", "ok@dest.test"}}, {{true, true, true}, {"nobody@dest.test", "slow@dest.test", "ok@dest.test"}},
        {{true, false, false}, {"nobody@dest.test"}},                 {{false, true, false}, {"slow@dest.test"}},
        {{false, false, true}, {"ok@dest.test"}},                     {{true, false, true}, {"nobody@dest.test", "ok@dest.test"}},
    };
    for (const auto& row : rows) {
        auto rewrite = usual();
        rewrite.keep_recipient = row.keep;
        const auto out = rewritten(raw, rewrite);
        const auto again = read_report(out);
        BOOST_REQUIRE(again.ok());
        std::vector<std::string> got;
        for (const auto& recipient : again->recipients) got.push_back(recipient.final_recipient);
        BOOST_TEST(got == row.want, boost::test_tools::per_element());
        BOOST_TEST(again->original.message_id == "<m1@crm.test>");
    }
}

BOOST_AUTO_TEST_CASE(words_about_those_that_go_are_replaced) {
    const auto raw = postfix_report(std::string(kFailedBlock) + "\n" + std::string(kDelayedBlock));
    const std::string words = "Your message from <K7Q2W9X4M1P8@Bounce.Example.COM> could not be delivered.\n";
    const std::string type = "Content-Type: text/plain; charset=us-ascii\n";
    const struct {
        std::string type, words;
        std::vector<bool> keep;
        bool want_replaced;
    } rows[] = {
        {type, "<nobody@dest.test>: unknown\n<slow@dest.test>: slow\n", {true, true}, false},
        {type, "<nobody@dest.test>: unknown\n<SLOW@dest.test>: slow\n", {true, false}, true},
        {type, "<nobody@dest.test>: unknown\n", {true, false}, false},
        {type + "Content-Transfer-Encoding: base64\n", "PHNsb3dAZGVzdC50ZXN0Pgo=\n", {true, false}, true},
        {type + "Content-Transfer-Encoding: quoted-printable\n", "<slow=40dest.test>\n", {true, false}, true},
        {"Content-Type: text/html\n", "<p>slow@dest.test</p>\n", {true, false}, true},
        {type, std::string(300 << 10, 'x') + "\n", {true, false}, true},
        {type, std::string(300 << 10, 'x') + "\n", {true, true}, false},
    };
    for (const auto& row : rows) {
        auto rewrite = usual();
        rewrite.keep_recipient = row.keep;
        const auto said = swapped(swapped(raw, type, row.type), words, row.words);
        const auto out = rewritten("X-Failed-Recipients: nobody@dest.test, slow@dest.test\n" + said, rewrite);
        BOOST_TEST_CONTEXT(row.words.substr(0, 40)) {
            BOOST_TEST(holds(out, row.type + "\n" + row.words) == !row.want_replaced);
            BOOST_TEST(holds(out, "could not deliver this message to all") == row.want_replaced);
            BOOST_TEST(holds(base::lower(out), "slow@dest.test") == row.keep[1]);
            BOOST_TEST(holds(out, "nobody@dest.test"));
            BOOST_TEST(read_report(out)->recipients.size() == (row.keep[1] ? 2U : 1U));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_was_not_read_goes_where_recipients_are_chosen) {
    std::string blocks;
    for (std::size_t i = 0; i < kMaxRecipients + 5; ++i) blocks += "Final-Recipient: rfc822; u" + std::to_string(i) + "@x\nAction: failed\n\n";
    const auto raw = report_of("Reporting-MTA: dns; m\n\n" + blocks);
    auto rewrite = usual();
    rewrite.keep_recipient.assign(kMaxRecipients, false);
    rewrite.keep_recipient[7] = true;
    const auto out = rewritten(raw, rewrite);
    BOOST_TEST(holds(out, "rfc822; u7@x"));
    BOOST_TEST(!holds(out, "u10001@x"));
    BOOST_TEST(read_report(out)->recipients.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_top_header_names_the_original) {
    struct Row {
        std::string header;
        std::string want_top;
    };
    const std::string rest = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; m\n";
    const std::string to = "To: <" + kOriginal + ">\n";
    const std::vector<Row> rows{
        {"To: \"You\" <K7Q2W9X4M1P8@bounce.example.com>\n", "To: \"You\" <" + kOriginal + ">\n"},
        {"To: <someone@else.test>\nSubject: x\n", to + "Subject: x\n"},
        {"Subject: x\n", to + "Subject: x\n"},
        {"From daemon Mon Nov 23\nSubject: x\n", to + "Subject: x\n"},
        {"Return-Path: <k7q2w9x4m1p8@bounce.example.com>\nX-Original-To: k7q2w9x4m1p8@bounce.example.com\nTo: <k7q2w9x4m1p8@bounce.example.com>\n",
         "Return-Path: <" + kOriginal + ">\nX-Original-To: " + kOriginal + "\nTo: <" + kOriginal + ">\n"},
        {"Delivered-To: k7q2w9x4m1p8@bounce.example.com\nDelivered-To: other@x\n" + to, "Delivered-To: other@x\n" + to},
    };
    for (const auto& row : rows) BOOST_TEST(rewritten(row.header + rest, usual()) == row.want_top + rest, row.header);

    auto rewrite = usual();
    rewrite.added_headers = {"X-Loop: 1", "X-Long: a\r\n b\r\n"};
    BOOST_TEST(rewritten("To: <k7q2w9x4m1p8@bounce.example.com>\n" + rest, rewrite) == "X-Loop: 1\nX-Long: a\r\n b\n" + to + rest);
}

BOOST_AUTO_TEST_CASE(quoted_printable_stays_quoted_printable) {
    const auto raw = "Content-Type: multipart/report; boundary=b\nTo: <k7q2w9x4m1p8@bounce.example.com>\n\n--b\nContent-Transfer-Encoding: quoted-printable\n\n"
                     "from k7q2w9x4m1p8@bounce.example.com =3D you\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m\n--b--\n";
    auto rewrite = usual();
    rewrite.original_address = "a=b@crm.test";
    const auto out = rewritten(raw, rewrite);
    BOOST_TEST(holds(out, "\nfrom a=3Db@crm.test =3D you\n--b\n"));
    BOOST_TEST(holds(out, "To: <a=b@crm.test>\n"));
}

BOOST_AUTO_TEST_CASE(an_encoded_status_part_comes_out_decoded) {
    const auto raw = report_of("Original-Envelope-Id: k7q2w9x4m1p=\n8\nX-Postfix-Sender: rfc822; k7q2w9x4m1p8=40bounce.example.com\n\n"
                               "Final-Recipient: rfc822; a=40x\nAction: failed\n\n"
                               "Final-Recipient: rfc822; b=40x\nAction: failed\n",
                               "Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n");
    auto rewrite = usual();
    rewrite.keep_recipient = {false, true};
    const auto out = rewritten(raw, rewrite);
    BOOST_TEST(holds(out, "Content-Transfer-Encoding: 8bit\n\nX-Postfix-Sender: rfc822; " + kOriginal + "\n\n"
                          "Final-Recipient: rfc822; b@x\nAction: failed\n\n--b\n"));
    BOOST_TEST(read_report(out)->recipients.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_cut_message_is_closed) {
    const auto whole = postfix_report(kFailedBlock);
    auto rewrite = usual();
    rewrite.truncated = true;
    BOOST_TEST(rewritten(whole, rewrite).ends_with("\n--4F0A12.1795/mx.example.com--\n"));
    struct Row {
        std::string up_to;
        std::string want_end;
    };
    for (const auto& row : std::vector<Row>{{"Subject: An o", "Subject: An o\n--4F0A12.1795/mx.example.com--\n"},
                                            {"Content-Type: text/rfc8", "Content-Type: text/rfc8\n\n--4F0A12.1795/mx.example.com--\n"}}) {
        const auto cut = whole.substr(0, whole.find(row.up_to) + row.up_to.size());
        const auto out = rewritten(cut, rewrite);
        BOOST_TEST(out.ends_with(row.want_end), row.up_to);
        BOOST_TEST(read_report(out)->recipients.size() == 1U);
    }
    BOOST_TEST(rewritten("To: <k7q2w9x4m1p8@bounce.example.com>\nContent-Type: multipart/report; boundary=\"k7q2w9x4m1p8@bounce.example.com\"\n\n"
                         "--k7q2w9x4m1p8@bounce.example.com\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m\n",
                         rewrite)
                   .ends_with("\nReporting-MTA: dns; m\n--" + kOriginal + "--\n"));
    rewrite.truncated = false;
    const auto cut = whole.substr(0, whole.size() - 10);
    BOOST_TEST(rewritten(cut, rewrite).ends_with(cut.substr(cut.size() - 20)));
}

BOOST_AUTO_TEST_CASE(nothing_can_be_injected) {
    BOOST_TEST(refused(usual()).empty());
    const std::vector<std::string> bad{"a@b\r\nX-Evil: 1", "a@b\n", std::string("a\0@b", 4), "a\r@b", "no at sign", "", std::string(kMaxRewriteAddress, 'a') + "@b"};
    for (const auto& address : bad) {
        auto rewrite = usual();
        rewrite.original_address = address;
        BOOST_TEST(holds(refused(rewrite), "the original return path"), address);
        rewrite = usual();
        rewrite.our_address = address;
        BOOST_TEST(holds(refused(rewrite), "our address"), address);
    }
    for (const auto& envid : std::vector<std::string>{"a\r\nX-Evil: 1", "a\n", std::string("a\0", 2), std::string(kMaxEnvelopeId + 1, 'a')}) {
        auto rewrite = usual();
        rewrite.original_envid = envid;
        BOOST_TEST(holds(refused(rewrite), "ENVID"), envid);
    }
    const std::vector<std::string> no_headers{"", "no colon", "X-A: 1\r\nX-B: 2", "X-A: 1\n\nbody", std::string("X-A: \0", 6), "X-A: 1\rX-B: 2", " X-A: 1"};
    for (const auto& header : no_headers) {
        auto rewrite = usual();
        rewrite.added_headers = {header};
        BOOST_TEST(holds(refused(rewrite), "added header"), header);
    }
    auto rewrite = usual();
    rewrite.keep_recipient = {true, true};
    BOOST_TEST(holds(refused(rewrite), "2 of 1"));
    rewrite.keep_recipient = {false};
    BOOST_TEST(holds(refused(rewrite), "nothing to hand back"));
}

// Found by fuzzing: the block of the second recipient holds the delimiter that closes the report; without it other text is read as the report.
BOOST_AUTO_TEST_CASE(a_delimiter_within_a_block_that_goes) {
    const char* const source = std::getenv("srcdir");
    std::ifstream file(std::string(source ? source : ".") + "/tests/fuzz/corpus/report/hidden_delimiter.eml", std::ios::binary);
    const std::string raw((std::istreambuf_iterator<char>(file)), {});
    const auto report = read_report(raw);
    BOOST_REQUIRE((report.ok() && report->recipients.size() == 2));
    auto rewrite = usual();
    BOOST_TEST(rewrite_report(raw, *report, rewrite).ok());
    rewrite.keep_recipient = {true, false};
    const auto out = rewrite_report(raw, *report, rewrite);
    BOOST_REQUIRE(!out.ok());
    BOOST_TEST(holds(out.error(), "further recipients"));
}

BOOST_AUTO_TEST_SUITE_END()
