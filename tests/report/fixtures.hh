// SPDX-License-Identifier: BSD-2-Clause
//
// A store in a folder of its own, a configuration made in memory, records and reports for the tests of report/.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "report/mailbox.hh"
#include "store/store.hh"

namespace crmrelay::report::fixtures {

inline const std::string kToken = "abcdefghijklmnopqrstuvwxyz234567abcdefgh";
inline const std::string kOtherToken = "zzcdefghijklmnopqrstuvwxyz234567abcdefgh";
constexpr base::Seconds kNow = 1'795'437'358;

struct Folder {
    Folder() {
        char name[] = "/tmp/crmrelay-report-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

// example.com: the whole of bounce.example.com; plus.test: bounce+{token}@plus.test beside mailboxes.
inline conf::Config config() {
    conf::Config out;
    conf::Domain example;
    example.name = "example.com";
    example.return_path = conf::ReturnPath{"", "bounce.example.com"};
    example.admins = {"admin@example.com", "second@example.com"};
    conf::Domain plus;
    plus.name = "plus.test";
    plus.return_path = conf::ReturnPath{"bounce+", "plus.test"};
    plus.admins = {"admin@plus.test"};
    out.domains = {example, plus};
    out.by_name = {{"example.com", 0}, {"plus.test", 1}};
    out.service.forward_limit = 2;
    return out;
}

inline MailboxesSnapshot mailboxes_of(conf::Config config) { return std::make_shared<const Mailboxes>(std::make_shared<const conf::Config>(std::move(config))); }

inline store::Message record(const std::string& token, const std::string& domain = "example.com", std::vector<std::string> recipients = {"nobody@dest.test"}) {
    store::Message out;
    out.token = token;
    out.relayed_at = kNow - 60;
    out.domain = domain;
    out.queue_id = "A407AA720B3";
    out.message_id = "<1@crm.test>";
    out.sender = "return-1@crm.test";
    out.envid = "CRM+2B1";
    out.from = "sales@" + domain;
    for (auto& recipient : recipients) out.recipients.push_back({recipient, "", ""});
    out.headers = {{"X-SFDC-EntityId", "00Q1"}};
    return out;
}

inline void put(store::Store& store, store::Message message) {
    const auto durable = std::make_shared<std::promise<bool>>();   // shared: set_value may still run when get() has returned
    auto future = durable->get_future();
    store.record_message(std::move(message), [durable](const store::Outcome& outcome) { durable->set_value(outcome.durable); });
    if (!future.get()) throw std::runtime_error("the record was not written");
}

inline void put(store::Store& store, store::Report report) {
    const auto durable = std::make_shared<std::promise<bool>>();   // shared: set_value may still run when get() has returned
    auto future = durable->get_future();
    store.record_report(std::move(report), [durable](const store::Outcome& outcome) { durable->set_value(outcome.durable); });
    if (!future.get()) throw std::runtime_error("the report was not written");
}

// A block of per-recipient fields.
inline std::string block(const std::string& recipient, const std::string& action = "failed", const std::string& status = "5.1.1",
                         const std::string& diagnostic = "smtp; 550 5.1.1 no such user") {
    return "Final-Recipient: rfc822; " + recipient + "\r\nAction: " + action + "\r\nStatus: " + status + "\r\nRemote-MTA: dns; mx.dest.test\r\nDiagnostic-Code: " + diagnostic +
           "\r\n\r\n";
}

struct Text {
    std::string to = kToken + "@bounce.example.com";
    std::string blocks = block("nobody@dest.test");
    std::string envelope_id;               // of the report
    std::string message_id = "<1@crm.test>";
    std::string top;                       // header lines more
    std::string returned;                  // header lines more of the returned message
    std::string queue_id = "4XyZk1";
};

inline std::string report_text(const Text& text) {
    return text.top + "From: MAILER-DAEMON@mx.test\r\nTo: " + text.to +
           "\r\nSubject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n"
           "--b1\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n\r\n--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
           "Reporting-MTA: dns; mx.test\r\n" +
           (text.envelope_id.empty() ? "" : "Original-Envelope-Id: " + text.envelope_id + "\r\n") + "X-Postfix-Queue-ID: " + text.queue_id +
           "\r\nArrival-Date: Mon, 23 Nov 2026 12:35:57 +0000\r\n\r\n" + text.blocks + "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\n" + text.returned +
           "Message-ID: " + text.message_id + "\r\nFrom: sales@example.com\r\nTo: nobody@dest.test\r\nSubject: An offer\r\n\r\n--b1--\r\n";
}

}  // namespace crmrelay::report::fixtures
