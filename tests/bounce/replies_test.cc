// SPDX-License-Identifier: BSD-2-Clause
//
// What servers of the world reply, and why that means that a message failed: replies as their makers document them or as operators meet them, with
// our own names in them.
#include <boost/test/unit_test.hpp>

#include "bounce/judge.hh"
#include "bounce/reply.hh"
#include "bounce/statuses.hh"

namespace crmrelay::bounce {
namespace {

struct Row {
    const char *reply, *want;   // want: reasons that say it, separated by blanks
};

void check(const Row* rows, std::size_t count) {
    for (const auto* row = rows; row != rows + count; ++row) {
        const std::string_view reply = row->reply;
        const auto judgement = judge({Action::failed, better_status("", reply), last_code_in(reply), reply});
        const auto padded = " " + std::string(row->want) + " ";
        BOOST_TEST(padded.find(" " + std::string(name_of(judgement.reason)) + " ") != std::string::npos,
                   reply << ": " << name_of(judgement.reason) << " by \"" << judgement.rule << "\", not " << row->want);
    }
}

template <std::size_t Count>
void check(const Row (&rows)[Count]) {
    check(rows, Count);
}

BOOST_AUTO_TEST_CASE(exchange_online_and_outlook) {
    constexpr Row rows[] = {
        {"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "userunknown"},
        {"550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found", "userunknown"},
        {"550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [AM4.eop-EUR01.prod.protection.outlook.com]", "userunknown"},
        {"550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy", "policyviolation"},
        {"550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 5.7.23", "authfailure"},
        {"550 5.7.509 Access denied, sending domain EXAMPLE.COM does not pass DMARC verification and has a DMARC policy of reject.", "authfailure"},
        {"550 5.7.515 Access denied, sending domain EXAMPLE.COM doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender.", "authfailure"},
        {"550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/", "blocked"},
        {"550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.", "blocked"},
        {"550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains.", "blocked"},
        {"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group", "securityerror"},
        {"554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception", "mailboxfull"},
        {"550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", "exceedlimit mesgtoobig"},
        {"550 5.3.4 ROUTING.SizeLimit; message size exceeds fixed maximum size for route", "mesgtoobig"},
        {"554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [BN1NAM02FT010.eop-nam02.prod.protection.outlook.com]", "networkerror"},
        {"550 5.4.310 DNS domain dest.test does not exist [Message=InfoDomainNonexistent]", "hostunknown"},
        {"550 5.4.316 Message expired, connection refused(Socket error code 10061)", "expired"},
        {"550 5.4.317 Message expired, cannot connect to remote server", "expired"},
        {"550 5.1.8 Access denied, bad outbound sender", "rejected"},
        {"451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", "speeding"},
        {"451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information see https://aka.ms/postmaster (S775)", "badreputation"},
        {"421 RP-001 (SNT004-MC1F44) Unfortunately, some messages from 192.0.2.1 weren't sent. Please try again. We have limits for how many messages can be sent per hour and per day.", "speeding blocked"},
        {"550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", "blocked"},
        {"550 SC-001 (COL004-MC1F1) Unfortunately, messages from 192.0.2.1 weren't sent. Please contact your Internet service provider since part of their network is on our block list.", "blocked"},
        {"550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [DB1PEPF0003922D.eurprd03.prod.outlook.com]", "userunknown"},
        {"554 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.1 (AS16012612)", "blocked"},
        {"552 5.3.4 Message size exceeds fixed maximum message size", "mesgtoobig"},
    };
    check(rows);
}

BOOST_AUTO_TEST_CASE(gmail) {
    constexpr Row rows[] = {
        {"550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser a1-20020a - gsmtp", "userunknown"},
        {"552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to 552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm - gsmtp", "mailboxfull"},
        {"452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 recipient to 452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp - gsmtp", "mailboxfull"},
        {"550-5.2.1 The email account that you tried to reach is inactive. For more 550-5.2.1 information, go to 550 5.2.1 https://support.google.com/mail/?p=DisabledUser - gsmtp", "suspend"},
        {"450-4.2.1 The user you are trying to contact is receiving mail at a rate that 450-4.2.1 prevents additional messages from being delivered. 450 4.2.1 https://support.google.com/mail/?p=ReceivingRatePerm - gsmtp", "speeding"},
        {"550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp", "authfailure"},
        {"550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp", "authfailure"},
        {"421-4.7.26 Your email has been rate limited because it is unauthenticated. Gmail 421-4.7.26 requires all senders to authenticate with either SPF or DKIM. - gsmtp", "authfailure"},
        {"421-4.7.27 Your email has been rate limited because SPF authentication didn't 421-4.7.27 pass for the sender. - gsmtp", "authfailure"},
        {"421-4.7.30 Your email has been rate limited because DKIM authentication didn't 421-4.7.30 pass. - gsmtp", "authfailure"},
        {"421-4.7.32 Your email has been rate limited because the From: header (RFC5322) in 421-4.7.32 this message isn't aligned with either the authenticated SPF or DKIM 421-4.7.32 organizational domain. - gsmtp", "authfailure"},
        {"550-5.7.40 Your email has been blocked because the sending domain has no DMARC record, or its DMARC record has no DMARC policy. - gsmtp", "authfailure"},
        {"421-4.7.29 Your email has been rate limited because this message wasn't sent over 421-4.7.29 a TLS connection. - gsmtp", "failedstarttls"},
        {"421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP address. To protect our users from spam, mail sent from your 421-4.7.28 IP address has been temporarily rate limited. - gsmtp", "speeding"},
        {"421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your DKIM domain [example.com 35]. - gsmtp", "speeding"},
        {"550-5.7.1 [192.0.2.1 12] Gmail has detected that this message is 550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail, this 550-5.7.1 message has been blocked. - gsmtp", "spamdetected"},
        {"550-5.7.1 [192.0.2.1 19] Gmail has detected that this message is 550-5.7.1 likely suspicious due to the very low reputation of the sending domain. - gsmtp", "badreputation"},
        {"550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to 550-5.7.1 send email directly to our servers. - gsmtp", "blocked"},
        {"550-5.7.25 [192.0.2.1] The IP address sending this message does not have a 550-5.7.25 PTR record setup, or the corresponding forward DNS entry does not 550-5.7.25 match the sending IP. - gsmtp", "requireptr"},
        {"550-5.7.26 Unauthenticated email from example.com is not accepted due to 550-5.7.26 domain's DMARC policy. - gsmtp", "authfailure"},
        {"552-5.3.4 Your message exceeded Google's message size limits. - gsmtp", "mesgtoobig"},
        {"550 5.7.1 Gmail has detected that this message is not RFC 5322 compliant: 'From' header is missing. - gsmtp", "notcompliantrfc"},
    };
    check(rows);
}

BOOST_AUTO_TEST_CASE(large_mailbox_providers) {
    constexpr Row rows[] = {
        // Yahoo, AOL
        {"421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes", "badreputation speeding"},
        {"421 4.7.0 [TSS05] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.56.1", "badreputation speeding"},
        {"421 4.7.1 [TSS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.", "blocked"},
        {"553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list", "blocked"},
        {"554 delivery error: dd This user doesn't have a yahoo.com account (nobody@dest.test) [0] - mta4001.mail.gq1.yahoo.com", "userunknown"},
        {"554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes", "policyviolation"},
        {"552 1 Requested mail action aborted, mailbox not found", "userunknown"},
        {"554 30 Sorry, your message to nobody@dest.test cannot be delivered. This mailbox is disabled (554.30).", "suspend"},
        {"550 5.7.1 Unable to deliver: this message failed DMARC Evaluation", "authfailure"},
        // Apple
        {"554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/102322", "blocked policyviolation"},
        {"550 5.1.1 <nobody@dest.test>: user lookup success but no user record found", "userunknown"},
        {"552 5.2.2 <full@dest.test>: user is over quota", "mailboxfull"},
        // GMX, T-Online, Orange, Mail.Ru, Yandex
        {"554-gmx.net (mxgmx016) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed. 554 For explanation visit https://www.gmx.net/mail/senderguidelines?c=bl&i=ip&v=192.0.2.1", "blocked"},
        {"554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)", "blocked"},
        {"550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]", "userunknown"},
        {"550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=x", "spamdetected"},
        {"550 Message was not accepted -- invalid mailbox. Local mailbox nobody@dest.test is unavailable: user not found", "userunknown"},
        {"554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc", "spamdetected"},
        {"550 5.7.1 No such user!", "userunknown"},
        // NetEase, Tencent
        {"550 User not found: nobody@163.com", "userunknown"},
        {"554 DT:SPM 163 mx17,QMCowEB5,1600000000", "spamdetected"},
        {"550 MI:SPF 163 mx16,QMCowED5", "authfailure"},
        {"550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726", "spamdetected"},
        // Zoho
        {"550 5.1.1 User does not exist - <nobody@dest.test>", "userunknown"},
        {"550 5.7.1 Email cannot be delivered. Reason: Email detected as Spam by spam filters.", "spamdetected"},
        {"553 Relaying disallowed as sales@example.com", "norelaying"},
        {"552 5.2.2 The email account that you tried to reach is over quota", "mailboxfull"},
    };
    check(rows);
}

BOOST_AUTO_TEST_CASE(filters_and_gateways) {
    constexpr Row rows[] = {
        {"554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1", "blocked"},
        {"550 5.7.0 Local Policy Violation", "policyviolation"},
        {"550 5.1.1 User Unknown - nobody@dest.test", "userunknown"},
        {"550 Rejected by header based Anti-Spoofing policy: sales@example.com - https://community.mimecast.com/docs/DOC-1369#550", "policyviolation authfailure spamdetected"},
        {"554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554", "policyviolation"},
        {"451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451", "systemerror"},
        {"550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550", "userunknown"},
        {"451 IP temporarily blacklisted - https://community.mimecast.com/docs/DOC-1369#451", "blocked"},
        {"550 SPF Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550", "authfailure"},
        {"550 DKIM Sender Invalid - email rejected - https://community.mimecast.com/docs/DOC-1369#550", "authfailure"},
        {"550 DMARC Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550", "authfailure"},
        {"554 Service unavailable; Client host [192.0.2.1] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1", "blocked badreputation"},
        {"550 permanent failure for one or more recipients (nobody@dest.test:blocked)", "blocked"},
        {"550 permanent failure for one or more recipients (nobody@dest.test:550 5.1.1 User unknown)", "userunknown"},
        {"550 #5.1.0 Address rejected.", "userunknown"},
        {"554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.", "badreputation"},
        {"554 5.7.1 Message rejected because of unacceptable attachments", "policyviolation"},
        {"550 5.7.1 Virus detected: Eicar-Test-Signature", "virusdetected"},
        {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1", "blocked"},
        {"550 5.7.1 This message contains a URL listed by dbl.spamhaus.org", "spamdetected blocked"},
    };
    check(rows);
}

BOOST_AUTO_TEST_CASE(servers) {
    constexpr Row rows[] = {
        // Postfix
        {"550 5.1.1 <nobody@dest.test>: Recipient address rejected: User unknown in virtual mailbox table", "userunknown"},
        {"450 4.1.1 <nobody@dest.test>: Recipient address rejected: unverified address: Address verification in progress", "userunknown"},
        {"450 4.2.0 <someone@dest.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/dest.test.html", "systemerror"},
        {"504 5.5.2 <relay>: Helo command rejected: need fully-qualified hostname", "blocked"},
        {"450 4.1.8 <sales@example.com>: Sender address rejected: Domain not found", "rejected"},
        {"450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]", "requireptr"},
        {"host mx.dest.test[192.0.2.2] refused to talk to me: 421 4.7.0 mx.dest.test Error: too many connections from 192.0.2.1", "toomanyconn"},
        {"mail for dest.test loops back to myself", "networkerror"},
        {"TLS is required, but was not offered by host mx.dest.test[192.0.2.2]", "failedstarttls"},
        {"Server certificate not trusted", "failedstarttls"},
        {"message size 20480000 exceeds size limit 10240000 of server mx.dest.test[192.0.2.2]", "mesgtoobig"},
        {"Host or domain name not found. Name service error for name=dest.test type=A: Host not found", "hostunknown"},
        {"Host or domain name not found. Name service error for name=dest.test type=MX: Host not found, try again", "networkerror"},
        {"Domain dest.test does not accept mail (nullMX)", "notaccept"},
        {"552 5.2.2 <full@dest.test>: Recipient address rejected: Mailbox is full / Quota exceeded", "mailboxfull"},
        {"554 5.7.1 <nobody@dest.test>: Relay access denied", "norelaying"},
        // Exim
        {"all hosts for 'dest.test' have been failing for a long time (and retry time not reached)", "expired"},
        {"550-Verification failed for <sales@example.com> 550-No Such User Here 550 Sender verify failed", "rejected"},
        {"mailbox is full: retry timeout exceeded", "mailboxfull"},
        {"550 relay not permitted", "norelaying"},
        {"550 Administrative prohibition", "policyviolation"},
        // Sendmail
        {"553 5.1.8 <sales@example.com>... Domain of sender address sales@example.com does not exist", "rejected"},
        {"550 5.7.1 <nobody@dest.test>... Relaying denied. Proper authentication required.", "norelaying"},
        {"550 5.1.2 <nobody@dest.test>... Host unknown (Name server: dest.test: host not found)", "hostunknown"},
        // qmail
        {"Sorry, no mailbox here by that name. (#5.1.1)", "userunknown"},
        {"Sorry, I couldn't find any host named dest.test. (#5.1.2)", "hostunknown"},
        {"I'm not going to try again; this message has been in the queue too long.", "expired"},
        {"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "norelaying"},
        {"User over quota. (#5.1.1)", "mailboxfull"},
        // Japan
        {"550 Unknown user taro@docomo.test", "userunknown"},
        {"550 Invalid recipient: <taro@softbank.test>", "userunknown"},
        {"552 5.2.2 <taro@isp.test>: Mailbox for user is full", "mailboxfull"},
        {"554 5.7.1 <taro@isp.test>: Recipient address rejected: 受信拒否", "filtered"},
        {"550 5.1.1 宛先のメールアドレスが見つかりません", "userunknown"},
    };
    check(rows);
}

}  // namespace
}  // namespace crmrelay::bounce
