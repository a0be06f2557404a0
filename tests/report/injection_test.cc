// SPDX-License-Identifier: BSD-2-Clause
//
// What a report says stays a value wherever it goes: in the event's JSON, in the store's columns that the log and crmrelayctl show, and in the mails
// that tell of it, whose headers are ours.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "tests/report/intake_fixture.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using Fixture = IntakeFixture;

const std::string kEvil[] = {"\r\nX-Injected: yes",  "\nX-Injected: yes",     "\rX-Injected: yes", std::string("a\0b", 3), "\x1b[31mred", "\xc0\xaf\xe0\x80\xaf",
                             "\xe2\x80\xae" "gpj.exe", "\xe2\x80\xa8" "X-Injected: yes", "\",\"type\":\"suspended", "</script>",           "\r\n.\r\nMAIL FROM:<x@y.test>",
                             "=?utf-8?B?DQpYLUluamVjdGVkOiB5ZXM=?="};

bool is_clean(std::string_view value) { return base::neuter(value, value.size() + 1) == value; }

void check_event(const store::Event& event) {
    for (const auto* value : {&event.recipient, &event.status, &event.action, &event.diagnostic, &event.matched_by}) BOOST_TEST(is_clean(*value), base::neuter(*value));
    BOOST_TEST(is_clean(event.document), base::neuter(event.document));
    const auto document = nlohmann::json::parse(event.document);   // throws where it is none
    BOOST_TEST(document["type"] == event.type);
    BOOST_TEST(document["failure"]["recipient"] == "nobody@dest.test");
    for (const auto& [key, value] : document["failure"].items())
        if (value.is_string()) BOOST_TEST(is_clean(value.get<std::string>()), key);
    BOOST_TEST(document.size() == 6U);
}

// Our own header of a mail about it ends where the mail's first empty line stands, and holds nothing of the report.
void check_mail(const store::Outgoing& row) {
    const auto header = row.mail.substr(0, row.mail.find("\r\n\r\n"));
    BOOST_TEST(header.find("X-Injected") == std::string::npos, header);
    BOOST_TEST(header.find("MAIL FROM") == std::string::npos, header);
    // A line ends with CRLF: no LF stands alone, by which a server may see an end of the mail that is none.
    for (std::size_t at = 0; (at = row.mail.find('\n', at)) != std::string::npos; ++at)
        if (at == 0 || row.mail[at - 1] != '\r') BOOST_FAIL("a line feed alone at " << at);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_report_injects_nothing, Fixture) {
    put(store, record(kToken));
    std::size_t told = 0;
    for (const auto& evil : kEvil) {
        Text text;
        text.blocks = block("nobody@dest.test", "failed", "5.1.1" + evil, "smtp; 550 no" + evil + " user") + "Final-Recipient: rfc822; else" + evil + "@dest.test\r\nAction: failed\r\n\r\n";
        text.queue_id = "Q" + evil;
        text.envelope_id = "e" + evil;
        text.message_id = "<1" + evil + "@crm.test>";
        take(kAddress, report_text(text));
        ++told;
    }
    const auto events = store.events_of(kToken);
    BOOST_TEST(events.size() + 2 >= told);   // some say the same once they are neutered, and are one event
    for (const auto& event : events) check_event(event);
    for (const auto& row : outgoing()) check_mail(row);
}

BOOST_FIXTURE_TEST_CASE(mail_that_is_no_report_injects_nothing, Fixture) {
    auto wide = config();
    wide.service.forward_limit = 1'000;
    use(wide);
    put(store, record(kToken));
    for (const auto& evil : kEvil) {
        take(kAddress, "From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.test.\r\n\r\n<nobody@dest.test>:\r\n550 no" + evil + " user\r\n");
        take(kAddress, "From: a" + evil + "@dest.test\r\nSubject: Automatic reply\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <x" + evil + ">\r\n\r\naway" + evil + "\r\n");
        take(kAddress, "From: fbl@isp.test\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse" +
                           evil + "\r\nOriginal-Rcpt-To: nobody@dest.test\r\n\r\n--b--\r\n");
    }
    std::map<std::string, int> types;
    for (const auto& event : store.events_of(kToken)) {
        check_event(event);
        ++types[event.type];
    }
    for (const char* type : {"bounce", "autoreply", "complaint"}) BOOST_TEST(types[type] > 0, type);
}

}  // namespace
}  // namespace crmrelay::report
