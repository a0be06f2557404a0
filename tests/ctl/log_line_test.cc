// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of ctl/log_line.cc: what administrators paste.
#include "ctl/log_line.hh"

#include <boost/test/unit_test.hpp>

#include <string>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(lines) {
    const struct {
        const char *line, *want_reason, *want_id, *want_client, *want_login, *want_domain;
    } cases[] = {
        // Postfix's log, at RCPT and at end of message.
        {"Nov 26 10:00:01 mx postfix/crmrelay/smtpd[99]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 550 5.7.1 <a@dest.test>: Recipient address rejected: example.com: client "
         "203.0.113.9 is not in this domain's networks [crmrelay:network]; from=<r@crm.test> to=<a@dest.test> proto=ESMTP helo=<crm.test> sasl_username=<crm@example.com>",
         "network", "", "203.0.113.9", "crm@example.com", "example.com"},
        {"Nov 26 10:00:01 mx postfix/cleanup[99]: 4F1AB23C0D: milter-reject: END-OF-MESSAGE from mail.crm.test[IPv6:2001:db8::9]: 5.7.1 example.com: the message has no valid signature "
         "[crmrelay:dkim]; from=<r@crm.test> to=<a@dest.test>",
         "dkim", "4F1AB23C0D", "2001:db8::9", "", "example.com"},
        {"warning: unknown[192.0.2.10]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=crm@example.com", "password", "", "192.0.2.10", "crm@example.com", ""},
        // crmrelay's own.
        {"3yQz7x1Kd5z9Tb: refused domain=example.com reason=tenant client=192.0.2.10 login=crm@example.com tls=TLSv1.3 sender=<r@crm.test> reply=\"550 5.7.1 example.com: x \\\"y\\\" "
         "[crmrelay:tenant]\"",
         "tenant", "3yQz7x1Kd5z9Tb", "192.0.2.10", "crm@example.com", "example.com"},
        {"auth-failed login=crm@example.com client=192.0.2.10 reason=wrong-password", "password", "", "192.0.2.10", "crm@example.com", ""},
        {"ended-early domain=example.com client=192.0.2.10 probable=tls greetings=1", "tls", "", "192.0.2.10", "", "example.com"},
        {"4F1AB23C0D: strike domain=example.com in_a_row=2 after=3 reason=network proof=login client=203.0.113.9", "network", "4F1AB23C0D", "203.0.113.9", "", "example.com"},
        // SMTP replies.
        {"550 5.7.1 example.com: client 203.0.113.9 is not in this domain's networks [crmrelay:network]", "network", "", "203.0.113.9", "", "example.com"},
        {"451 4.7.1 example.com: relaying is suspended until 2026-11-25T00:00:00Z: 3 failures in a row today, the last one: network [crmrelay:suspended]", "suspended", "", "", "",
         "example.com"},
        {"535 5.7.8 Error: authentication failed: (reason unavailable)", "password", "", "", "", ""},
        // Postfix's words for a milter or policyd that is away.
        {"Nov 27 03:29:25 mail postfix/crm/smtpd[17072]: NOQUEUE: milter-reject: CONNECT from unknown[192.0.2.10]: 451 4.7.1 Service unavailable - try again later; proto=SMTP", "unavailable", "",
         "192.0.2.10", "", ""},
        {"Nov 27 03:29:25 mail postfix/crm/smtpd[17072]: NOQUEUE: milter-reject: EHLO from unknown[192.0.2.10]: 451 4.7.1 Service unavailable - try again later; proto=SMTP helo=<crm.test>",
         "unavailable", "", "192.0.2.10", "", ""},
        {"Nov 27 03:29:25 mail postfix/cleanup[17076]: 4F1AB23C0D: milter-reject: END-OF-MESSAGE from unknown[192.0.2.10]: 4.7.1 Service unavailable - try again later; from=<r@crm.test>",
         "unavailable", "4F1AB23C0D", "192.0.2.10", "", ""},
        {"454 4.3.0 Try again later", "unavailable", "", "", "", ""},
        {"Nov 27 03:29:25 mail postfix/crm/smtpd[17072]: warning: connect to Milter service unix:crmrelay/milter.sock: Connection refused", "unavailable", "", "", "", ""},
        {"Nov 27 03:29:26 mail postfix/crm/smtpd[17072]: warning: problem talking to server crmrelay/policy.sock: Connection refused", "unavailable", "", "", "", ""},
        {"  [crmrelay:limit]  ", "limit", "", "", "", ""},
        // Nothing that is known.
        {"550 5.1.1 No such user", "", "", "", "", ""},
        {"454 4.7.0 TLS not available due to local problem", "", "", "", "", ""},
        {"421 mail.example.com Service unavailable - try again later", "", "", "", "", ""},
        {"550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.example", "", "", "192.0.2.1", "", ""},
        {"warning: connect to Milter service unix:clamav/milter.sock: Connection refused", "", "", "", "", ""},
        {"[crmrelay:weather]", "", "", "", "", ""},
        {"client=nonsense [crmrelay:tls", "tls", "", "", "", ""},
        {"", "", "", "", "", ""},
    };
    for (const auto& c : cases) {
        const auto got = read_log_line(c.line);
        BOOST_TEST(got.reason == c.want_reason, c.line << ": " << got.reason);
        BOOST_TEST(got.queue_id == c.want_id, c.line << ": " << got.queue_id);
        BOOST_TEST(got.client == c.want_client, c.line << ": " << got.client);
        BOOST_TEST(got.login == c.want_login, c.line << ": " << got.login);
        BOOST_TEST(got.domain == c.want_domain, c.line << ": " << got.domain);
    }
    BOOST_TEST(read_log_line(std::string(1 << 20, 'x') + "[crmrelay:tls]").reason.empty());   // a line has an end
}

BOOST_AUTO_TEST_CASE(queue_ids) {
    for (const char* id : {"4F1AB23C0D", "A407AA720B3", "3yQz7x1Kd5z9Tb"}) BOOST_TEST(is_queue_id(id), id);
    for (const char* other : {"", "NOQUEUE", "network", "4F1", "4F1AB23C0D 4", "a@b.test", "4F1AB23C0D4F1AB23C0D4F1AB23C0D"}) BOOST_TEST(!is_queue_id(other), other);
}

BOOST_AUTO_TEST_CASE(words) {
    BOOST_TEST(reason_of_word("Network") == "network");
    BOOST_TEST(reason_of_word("bounce-address") == "bounce-address");
    BOOST_TEST(reason_of_word("535") == "password");
    BOOST_TEST(reason_of_word("no-tls") == "tls");
    BOOST_TEST(reason_of_word("4F1AB23C0D").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
