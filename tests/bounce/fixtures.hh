// SPDX-License-Identifier: BSD-2-Clause
//
// Delivery reports for the tests, in the shapes that mail systems give them. All of them are made up.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::bounce::fixtures {

inline constexpr std::string_view kOurs = "k7q2w9x4m1p8@bounce.example.com";
inline constexpr std::string_view kToken = "k7q2w9x4m1p8";

// Every "\n" of `text` as `line_end`.
inline std::string with_line_ends(std::string_view text, std::string_view line_end) {
    std::string out;
    for (const char c : text) {
        if (c == '\n')
            out += line_end;
        else
            out += c;
    }
    return out;
}

inline constexpr std::string_view kReturned = "Message-ID: <m1@crm.test>\nFrom: sales@example.com\nTo: nobody@dest.test\nSubject: An offer\n";

// A report as Postfix's bounce(8) writes it, with these per-recipient blocks (each ending in a line end) and these returned header fields.
inline std::string postfix_report(std::string_view blocks, std::string_view returned = kReturned) {
    return "Return-Path: <>\n"
           "Received: by mx.example.com (Postfix)\n\tid 4F0A12; Mon, 23 Nov 2026 12:35:58 +0000 (UTC)\n"
           "Date: Mon, 23 Nov 2026 12:35:58 +0000 (UTC)\n"
           "From: MAILER-DAEMON@mx.example.com (Mail Delivery System)\n"
           "Subject: Undelivered Mail Returned to Sender\n"
           "To: k7q2w9x4m1p8@bounce.example.com\n"
           "Auto-Submitted: auto-replied\n"
           "MIME-Version: 1.0\n"
           "Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"4F0A12.1795/mx.example.com\"\n"
           "Message-Id: <20261123123558.4F0A12@mx.example.com>\n"
           "\n"
           "This is a MIME-encapsulated message.\n"
           "\n"
           "--4F0A12.1795/mx.example.com\n"
           "Content-Description: Notification\n"
           "Content-Type: text/plain; charset=us-ascii\n"
           "\n"
           "Your message from <K7Q2W9X4M1P8@Bounce.Example.COM> could not be delivered.\n"
           "\n"
           "--4F0A12.1795/mx.example.com\n"
           "Content-Description: Delivery report\n"
           "Content-Type: message/delivery-status\n"
           "\n"
           "Reporting-MTA: dns; mx.example.com\n"
           "Original-Envelope-Id: k7q2w9x4m1p8\n"
           "X-Postfix-Queue-ID: 4F0A12\n"
           "X-Postfix-Sender: rfc822; k7q2w9x4m1p8@bounce.example.com\n"
           "Arrival-Date: Mon, 23 Nov 2026 12:35:57 +0000 (UTC)\n"
           "\n" +
           std::string(blocks) +
           "\n"
           "--4F0A12.1795/mx.example.com\n"
           "Content-Description: Undelivered Message Headers\n"
           "Content-Type: text/rfc822-headers\n"
           "\n"
           "Return-Path: <k7q2w9x4m1p8@bounce.example.com>\n" +
           std::string(returned) +
           "\n"
           "--4F0A12.1795/mx.example.com--\n";
}

inline constexpr std::string_view kFailedBlock =
    "Final-Recipient: rfc822; nobody@dest.test\n"
    "Original-Recipient: rfc822;nobody@dest.test\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Remote-MTA: dns; mx.dest.test\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <nobody@dest.test>: Recipient address rejected:\n    No such user\n";

inline constexpr std::string_view kDelayedBlock =
    "Final-Recipient: rfc822; slow@dest.test\n"
    "Action: delayed\n"
    "Status: 4.4.1\n"
    "Last-Attempt-Date: Mon, 23 Nov 2026 13:00:00 +0000\n"
    "Will-Retry-Until: Sat, 28 Nov 2026 12:35:57 +0000\n"
    "Diagnostic-Code: X-Postfix; connect to mx.dest.test[192.0.2.1]:25: Connection timed out\n";

inline constexpr std::string_view kDeliveredBlock =
    "Final-Recipient: rfc822; ok@dest.test\n"
    "Action: delivered\n"
    "Status: 2.1.5\n"
    "Diagnostic-Code: smtp; 250 2.1.5 Ok\n";

// Any report: these lines as the content of the delivery-status part.
inline std::string report_of(std::string_view status, std::string_view part_header = "Content-Type: message/delivery-status\n") {
    return "From: postmaster@dest.test\nTo: k7q2w9x4m1p8@bounce.example.com\nContent-Type: multipart/report; boundary=b\n\n--b\n" + std::string(part_header) + "\n" +
           std::string(status) + "\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <m2@crm.test>\nSubject: Hello\n\nbody\n--b--\n";
}

}  // namespace crmrelay::bounce::fixtures
