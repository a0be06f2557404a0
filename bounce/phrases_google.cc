// SPDX-License-Identifier: BSD-2-Clause
//
// What Gmail, Google Workspace and Google Groups say (support.google.com/a/answer/3726730 lists the SMTP replies; "(state N)" is from Gmail's
// older notices).
#include "bounce/phrase.hh"

namespace crmrelay::bounce {

namespace {

using enum Reason;

constexpr Phrase kPhrases[] = {
    {userunknown, 8, "the email account that you tried to reach does not exist"},
    {userunknown, 8, "the email account that you tried to reach doesn't exist"},
    {userunknown, 8, "your message wasn't delivered to*because the address couldn't be found"},
    {suspend, 8, "the email account that you tried to reach is disabled"},
    {suspend, 8, "the email account that you tried to reach is inactive"},
    {suspend, 8, "the google account that you tried to reach"},
    {mailboxfull, 8, "the email account that you tried to reach is over quota"},
    {mailboxfull, 8, "the recipient's inbox is out of storage space"},
    {mailboxfull, 8, "overquotaperm"},
    {mailboxfull, 8, "overquotatemp"},
    {mailboxfull, 8, "storage quota exceeded"},
    {speeding, 8, "is receiving mail at a rate that prevents additional messages"},
    {speeding, 8, "is receiving mail too quickly"},
    {speeding, 8, "has detected an unusual rate of unsolicited mail"},
    {speeding, 8, "user sending limit"},
    {speeding, 8, "daily user sending limit exceeded"},
    {speeding, 8, "daily smtp relay"},
    {speeding, 8, "you have reached a limit for sending mail"},
    {speeding, 8, "receivingratetemp"},
    {speeding, 8, "receivingrateperm"},
    {spamdetected, 8, "has detected that this message is likely unsolicited mail"},
    {spamdetected, 8, "has detected that this message is likely suspicious"},
    {spamdetected, 8, "was rejected due to spam classification"},
    {spamdetected, 8, "this message was blocked because its content presents a potential security issue"},
    {policyviolation, 8, "messages with multiple addresses in from: header are not accepted"},
    {notcompliantrfc, 9, "has detected that this message is not rfc"},
    {blocked, 8, "your ip has been temporarily blocked"},
    {blocked, 8, "the ip you're using to send mail is not authorized"},
    {blocked, 8, "has detected an unusual amount of unsolicited mail originating from your ip"},
    {badreputation, 9, "very low reputation of the sending ip"},
    {badreputation, 9, "very low reputation of the sending domain"},
    {badreputation, 9, "very low reputation of the sending"},
    {requireptr, 8, "the ip address sending this message does not have a ptr record"},
    {requireptr, 8, "does not meet ipv6 sending guidelines regarding ptr"},
    {requireptr, 8, "sending ip does not have a ptr record"},
    {authfailure, 8, "this message does not have authentication information"},
    {authfailure, 8, "this message does not pass authentication checks"},
    {authfailure, 8, "unauthenticated email from*is not accepted due to domain's dmarc policy"},
    {authfailure, 8, "has an spf record with a hard fail policy"},
    {authfailure, 8, "because the sender is unauthenticated"},
    {authfailure, 8, "because it is unauthenticated"},
    {authfailure, 8, "because spf authentication didn't"},
    {authfailure, 8, "because dkim authentication didn't"},
    {authfailure, 8, "isn't aligned with either the authenticated"},
    {authfailure, 8, "your email has been rate limited because*dkim"},
    {authfailure, 8, "the sender does not meet basic ipv6 sending guidelines of authentication"},
    {failedstarttls, 8, "was not sent over a tls connection"},
    {failedstarttls, 8, "wasn't sent over a tls connection"},
    {failedstarttls, 8, "must issue a starttls command first"},
    {policyviolation, 8, "the user or domain that you are sending to (or from) has a policy that prohibited the mail"},
    {norelaying, 8, "mail relay denied"},
    {norelaying, 8, "invalid credentials for relay"},
    {networkerror, 8, "responded with code nxdomain"},
    {networkerror, 8, "responded with code servfail"},
    {networkerror, 8, "dns lookup of * returned"},
    {hostunknown, 8, "because the domain * couldn't be found"},
    {notaccept, 9, "doesn't receive email according to the administrator"},
    {expired, 8, "the recipient server did not accept our requests to connect"},
    {expired, 8, "the recipient server did not respond"},
    {expired, 6, "server did not respond"},
    {mesgtoobig, 8, "your message exceeded google's message size limits"},
    {toomanyconn, 8, "has been sent to too many recipients"},
    {toomanyconn, 8, "too many recipients for this sender"},
    {syntaxerror, 7, "ehlo/helo first"},
    {contenterror, 8, "this message contains invalid or improperly folded header fields"},
    {rejected, 8, "the group you tried to contact"},
    {rejected, 8, "that the group you tried to contact * may not exist, or you may not have permission to post"},
    {rejected, 8, "you might not have permission to post messages to the group"},
    {rejected, 8, "it may require approval before you can post"},
    {rejected, 7, "cloudfiltering*sender rejected"},

    // The sentences of Gmail's older notices: Google's SMTP client says in which state of the dialogue the other server refused.
    {blocked, 3, "(state 1)"},
    {blocked, 3, "(state 2)"},
    {blocked, 3, "(state 3)"},
    {blocked, 3, "(state 4)"},
    {blocked, 3, "(state 5)"},
    {blocked, 3, "(state 6)"},
    {systemerror, 3, "(state 8)"},
    {rejected, 3, "(state 12)"},
    {userunknown, 3, "(state 13)"},
    {userunknown, 3, "(state 14)"},
    {filtered, 3, "(state 17)"},
    {filtered, 3, "(state 18)"},
};

}  // namespace

std::span<const Phrase> google_phrases() { return kPhrases; }

}  // namespace crmrelay::bounce
