// SPDX-License-Identifier: BSD-2-Clause
//
// Delivery status notifications: what is read of whole, odd and hostile ones.
#include "bounce/report.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/bounce/fixtures.hh"

using namespace crmrelay;
using namespace crmrelay::bounce;
using namespace crmrelay::bounce::fixtures;

namespace {

// "recipient action status code" of each recipient.
std::string told(const Report& report) {
    std::string out;
    for (const auto& recipient : report.recipients)
        out += recipient.recipient() + " " + std::string(name_of(recipient.action)) + " " + recipient.status + " " + std::to_string(recipient.code) + "\n";
    return out;
}

std::string told(std::string_view raw) {
    const auto report = read_report(raw);
    return report ? told(*report) : report.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(a_postfix_report_is_read_whole) {
    for (const std::string line_end : {"\n", "\r\n"}) {
        const auto raw = with_line_ends(postfix_report(std::string(kFailedBlock) + "\n" + std::string(kDelayedBlock)), line_end);
        const auto report = read_report(raw);
        BOOST_REQUIRE(report.ok());
        BOOST_TEST(report->original_envelope_id == kToken);
        BOOST_TEST(report->reporting_mta == "mx.example.com");
        BOOST_TEST(report->arrival_date == "Mon, 23 Nov 2026 12:35:57 +0000 (UTC)");
        BOOST_TEST(report->postfix_queue_id == "4F0A12");
        BOOST_TEST(report->postfix_sender == kOurs);
        BOOST_TEST(report->original.message_id == "<m1@crm.test>");
        BOOST_TEST(report->original.from == "sales@example.com");
        BOOST_TEST(report->original.to == "nobody@dest.test");
        BOOST_TEST(report->original.subject == "An offer");
        BOOST_TEST(!report->truncated);
        BOOST_REQUIRE(report->recipients.size() == 2U);

        const auto& failed = report->recipients[0];
        BOOST_TEST(failed.final_recipient == "nobody@dest.test");
        BOOST_TEST(failed.original_recipient == "nobody@dest.test");
        BOOST_TEST(failed.diagnostic == "550 5.1.1 <nobody@dest.test>: Recipient address rejected: No such user");
        BOOST_TEST(failed.diagnostic_type == "smtp");
        BOOST_TEST(failed.remote_mta == "mx.dest.test");
        const auto& delayed = report->recipients[1];
        BOOST_TEST(delayed.diagnostic_type == "x-postfix");
        BOOST_TEST(delayed.last_attempt == "Mon, 23 Nov 2026 13:00:00 +0000");
        BOOST_TEST(delayed.will_retry_until == "Sat, 28 Nov 2026 12:35:57 +0000");
        BOOST_TEST(told(*report) == "nobody@dest.test failed 5.1.1 550\nslow@dest.test delayed 4.4.1 0\n");
    }
}

BOOST_AUTO_TEST_CASE(views_name_the_blocks) {
    const auto raw = postfix_report(std::string(kFailedBlock) + "\n" + std::string(kDelayedBlock) + "\n" + std::string(kDeliveredBlock));
    const auto report = read_report(raw);
    BOOST_REQUIRE(report.ok());
    BOOST_REQUIRE(report->recipients.size() == 3U);
    BOOST_TEST(report->message_block.of(raw).starts_with("Reporting-MTA: "));
    BOOST_TEST(report->message_block.of(raw).ends_with("(UTC)\n\n"));
    BOOST_TEST(report->recipients[0].block.of(raw) == std::string(kFailedBlock) + "\n");
    BOOST_TEST(report->recipients[1].block.of(raw) == std::string(kDelayedBlock) + "\n");
    BOOST_TEST(report->recipients[2].block.of(raw) == kDeliveredBlock);
    BOOST_TEST(report->status.of(raw).ends_with(kDeliveredBlock));
    BOOST_TEST(report->returned.of(raw).starts_with("Return-Path: <"));
    BOOST_TEST(report->unread.empty());
}

BOOST_AUTO_TEST_CASE(recipients_are_read_from_odd_shapes) {
    struct Row {
        std::string what;
        std::string status;
        std::string want_told;
    };
    const std::vector<Row> rows{
        {"no blank line between recipients", 
         "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n"
         "Final-Recipient: rfc822; b@x\nAction: failed\nStatus: 5.2.2\n",
         "a@x failed 5.1.1 0\nb@x failed 5.2.2 0\n"},
        {"no blank line at all, original first", 
         "Reporting-MTA: dns; a\nOriginal-Recipient: rfc822; a@x\nFinal-Recipient: rfc822; a@y\nStatus: 5.1.1\n"
         "Original-Recipient: rfc822; b@x\nFinal-Recipient: rfc822; b@y\n",
         "a@y failed 5.1.1 0\nb@y unknown  0\n"},
        {"blank lines within a block", "Final-Recipient: rfc822; a@x\n\nAction: failed\n\nStatus: 5.1.1\n", "a@x failed 5.1.1 0\n"},
        {"garbage between",
         "Reporting-MTA: dns; a\n\n%%%\nFinal-Recipient: rfc822; a@x\nwhatever\nAction: failed\n\n???\n\nFinal-Recipient: rfc822; b@x\nAction: delayed\n",
         "a@x failed 5.0.0 0\nb@x delayed 4.0.0 0\n"},
        {"action before the recipient",
         "Action: delivered\nFinal-Recipient: rfc822;a@x\nStatus: 2.0.0\n\nAction: failed\nFinal-Recipient: rfc822;b@x\n",
         "a@x delivered 2.0.0 0\nb@x failed 5.0.0 0\n"},
        {"status before the recipient",
         "Status: 5.0.0\nAction: failed\nFinal-Recipient: rfc822;a@x\n\nStatus: 5.1.1\nAction: failed\nFinal-Recipient: rfc822;b@x\n",
         "a@x failed 5.0.0 0\nb@x failed 5.1.1 0\n"},
        {"only original recipients", "Original-Recipient: <a@x>\nAction: failed\n\nOriginal-Recipient: rfc822;b@x\nAction: failed\n",
         "a@x failed 5.0.0 0\nb@x failed 5.0.0 0\n"},
        {"no recipient named", "Reporting-MTA: dns; a\n\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 no\n", " failed 5.1.1 550\n"},
        {"no recipient at all", "Reporting-MTA: dns; a\n", ""},
        {"nothing", "", ""},
        {"a field twice", "Final-Recipient: rfc822;a@x\nAction: failed\nAction: delayed\nStatus: 5.1.1\nStatus: 4.0.0\n", "a@x failed 5.1.1 0\n"},
        {"a UTF-8 address", "Final-Recipient: utf-8; \\x{3B1}@x\nAction: failed\n", "\xce\xb1@x failed 5.0.0 0\n"},
    };
    for (const auto& row : rows)
        for (const std::string line_end : {"\n", "\r\n", "\r"}) BOOST_TEST(told(with_line_ends(report_of(row.status), line_end)) == row.want_told, row.what);
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_derived) {
    struct Row {
        std::string fields;
        std::string want_told;
    };
    const std::vector<Row> rows{
        {"Status: 5.1.1\n", "a@x failed 5.1.1 0\n"},
        {"Status: 4.4.7\n", "a@x delayed 4.4.7 0\n"},
        {"Status: 2.1.5\n", "a@x delivered 2.1.5 0\n"},
        {"Action: failed (at last)\nStatus: 4.4.7 (timed out)\n", "a@x failed 4.4.7 0\n"},
        {"Action: expired\n", "a@x failed 5.0.0 0\n"},
        {"Action: relayed\n", "a@x relayed 2.0.0 0\n"},
        {"Action: expanded\n", "a@x expanded 2.0.0 0\n"},
        {"Action: failed\nDiagnostic-Code: smtp; 552 5.2.2 full\n", "a@x failed 5.2.2 552\n"},
        {"Action: failed\nDiagnostic-Code: smtp; 452 full\n", "a@x failed 4.0.0 452\n"},
        {"Action: failed\nStatus: \nDiagnostic-Code: 550 5.7.1 RESOLVER; no\n", "a@x failed 5.7.1 550\n"},
        {"Action: failed\nStatus: broken\nDiagnostic-Code: smtp; by Mailer 2.5.6\n", "a@x failed 5.0.0 0\n"},
        {"Diagnostic-Code: smtp; 550 no\n", "a@x failed 5.0.0 550\n"},
        {"Action: nonsense\n", "a@x unknown  0\n"},
    };
    for (const auto& row : rows) BOOST_TEST(told(report_of("Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x\n" + row.fields)) == row.want_told, row.fields);
}

BOOST_AUTO_TEST_CASE(diagnostics_lose_their_type_only) {
    struct Row {
        std::string value;
        std::string want_type;
        std::string want_diagnostic;
    };
    const std::vector<Row> rows{
        {"smtp; 550 no", "smtp", "550 no"},
        {"SMTP;550 no; really", "smtp", "550 no; really"},
        {"550 5.7.1 RESOLVER; no", "", "550 5.7.1 RESOLVER; no"},
        {"550; no", "", "550; no"},
        {"x-unix;\n\tuser unknown", "x-unix", "user unknown"},
        {"no user here", "", "no user here"},
    };
    for (const auto& row : rows) {
        const auto report = read_report(report_of("Final-Recipient: rfc822; a@x\nDiagnostic-Code: " + row.value + "\n"));
        BOOST_REQUIRE(report.ok());
        BOOST_TEST(report->recipients.at(0).diagnostic_type == row.want_type, row.value);
        BOOST_TEST(report->recipients.at(0).diagnostic == row.want_diagnostic, row.value);
    }
}

BOOST_AUTO_TEST_CASE(the_status_part_is_found_in_any_dress) {
    const std::string status = "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n";
    const std::string want = "a@x failed 5.1.1 0\n";
    BOOST_TEST(told(report_of(status, "Content-Type: message/global-delivery-status; charset=utf-8\n")) == want);
    BOOST_TEST(told(report_of(status, "CONTENT-TYPE: MESSAGE/DELIVERY-STATUS; name=\"x\"\n")) == want);
    BOOST_TEST(told("Content-Type: message/delivery-status\n\n" + status) == want);
    BOOST_TEST(told("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/delivery-status\n" + status + "--b--\n") == want);
    BOOST_TEST(told("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + status) == want);
    BOOST_TEST(told("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\nReporting-MTA: dns; m\nFinal-Recipient: rfc822; a@x\n"
                    "Action: failed\nStatus: 5.1.1\n--b--\n") == want);
    BOOST_TEST(told(report_of("Reporting-MTA: dns; =\nm\n\nFinal-Recipient: rfc822; a=40x\nAction: failed\nStatus: 5.=\n1.1\n",
                              "Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n")) == want);
    BOOST_TEST(told(report_of("UmVwb3J0aW5nLU1UQTogZG5zOyBtCgpGaW5hbC1SZWNpcGllbnQ6IHJmYzgyMjsgYUB4CkFjdGlv\nbjogZmFpbGVkClN0YXR1czogNS4xLjEK\n",
                              "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n")) == want);
}

BOOST_AUTO_TEST_CASE(the_returned_part_is_read_in_any_dress) {
    const std::string front = "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m\n\n--b\n";
    struct Row {
        std::string part;
        std::string want_message_id;
    };
    const std::vector<Row> rows{
        {"Content-Type: message/rfc822\n\nMessage-ID: <m@x>\n\nMessage-ID: <body@x>\n", "<m@x>"},
        {"Content-Type: text/rfc822-headers\n\nmessage-id:\n <m@x>\n", "<m@x>"},
        {"Content-Type: message/rfc822-headers\n\n\nMessage-ID: <m@x>\n", "<m@x>"},
        {"Content-Type: message/global\n\nMessage-ID: <m@x>\n", "<m@x>"},
        {"Content-Type: message/global-headers\n\nMessage-ID: <m@x>\n", "<m@x>"},
        {"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nTWVzc2FnZS1JRDogPG1AeD4K\n", "<m@x>"},
        {"Content-Type: message/rfc822\n\ngarbage\nMessage-ID: <m@x>\n", "<m@x>"},
        {"Content-Type: message/rfc822\n\nSubject: x\n\nMessage-ID: <body@x>\n", ""},
        {"Content-Type: text/plain\n\nMessage-ID: <m@x>\n", ""},
    };
    for (const auto& row : rows) {
        const auto report = read_report(front + row.part + "--b--\n");
        BOOST_REQUIRE(report.ok());
        BOOST_TEST(report->original.message_id == row.want_message_id, row.part);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_report_is_an_error) {
    for (const auto& raw : {std::string(), std::string("Subject: hello\n\nFinal-Recipient: rfc822; a@x\n"),
                                  std::string("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b--\n"),
                                  "Content-Type: message/rfc822\n\n" + postfix_report(kFailedBlock)})
        BOOST_TEST(!read_report(raw).ok(), raw);
}

BOOST_AUTO_TEST_CASE(too_many_recipients_are_cut_and_said_to_be) {
    std::string blocks;
    for (std::size_t i = 0; i < kMaxRecipients + 5; ++i) blocks += "Final-Recipient: rfc822; u" + std::to_string(i) + "@x\nAction: failed\nStatus: 5.1.1\n\n";
    const auto raw = report_of("Reporting-MTA: dns; m\n\n" + blocks);
    const auto report = read_report(raw);
    BOOST_REQUIRE(report.ok());
    BOOST_TEST(report->truncated);
    BOOST_TEST(report->recipients.size() == kMaxRecipients);
    BOOST_TEST(report->unread.of(raw).starts_with("Final-Recipient: rfc822; u10000@x\n"));
    BOOST_TEST(report->recipients.back().block.of(raw).ends_with("5.1.1\n\n"));
    BOOST_TEST(!read_report(report_of("Reporting-MTA: dns; m\n\n" + std::string(kFailedBlock)))->truncated);
}

BOOST_AUTO_TEST_CASE(values_are_bounded) {
    const std::string endless(1'000'000, 'x');
    std::string status;
    for (const std::string field : {"Reporting-MTA: dns; ", "Original-Envelope-Id: ", "Final-Recipient: rfc822; ", "Diagnostic-Code: smtp; ", "Remote-MTA: dns; ",
                                    "Last-Attempt-Date: "})
        status += field + endless + "\n";
    const auto report = read_report(report_of(status));
    BOOST_REQUIRE(report.ok());
    BOOST_TEST(report->reporting_mta.size() <= kMaxReportValue);
    BOOST_TEST(report->original_envelope_id.size() <= kMaxReportValue);
    const auto& recipient = report->recipients.at(0);
    BOOST_TEST(recipient.final_recipient.size() <= kMaxAddress);
    BOOST_TEST(recipient.diagnostic.size() <= kMaxDiagnostic);
    BOOST_TEST(recipient.remote_mta.size() <= kMaxReportValue);
    BOOST_TEST(recipient.last_attempt.size() <= kMaxReportValue);
}

BOOST_AUTO_TEST_SUITE_END()
