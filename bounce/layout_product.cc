// SPDX-License-Identifier: BSD-2-Clause
//
// Notices of mail server products and gateways: Exchange 5.5 to 365, Notes and Domino, IMail, MailMarshal, MailFoundry, McAfee, MXLogic,
// InterScan, SurfControl, Symantec, Barracuda, GroupWise, MDaemon, CommuniGate, Active! hunter and others.
#include "bounce/layout.hh"

namespace crmrelay::bounce {

namespace {

using enum Mark;

constexpr LayoutRow kExchange[] = {
    {header, "x-mailer: internet mail service"},
    {header, "x-mailer: microsoft exchange"},
    {header, "x-ms-embedded-report:"},
    {header, "x-ms-exchange-message-is-ndr:"},
    {sign, "did not reach the following recipient(s)"},
    {sign, "delivery has failed to these recipients or groups"},
    {sign, "delivery has failed to these recipients or distribution lists"},
    {sign, "delivery to these recipients"},
    {sign, "your message did not reach some or all of the intended recipients"},
    {sign, "the following recipient(s) cannot be reached"},
    {sign, "the following recipient(s) could not be reached"},
    {sign, "diagnostic information for administrators"},
    {sign, "generating server:"},
    {original, "original message headers"},
    {original, "-----original message-----"},
    {diagnostic, "remote server returned"},
    {diagnostic, "msexch:"},
    {stop, "^more info for email admins"},
};

constexpr LayoutRow kNotes[] = {
    {sign, "------- failure reasons"},
    {original, "------- returned message"},
    {diagnostic, "------- failure reasons"},
    {diagnostic, "because:"},
};

constexpr LayoutRow kImail[] = {
    {header, "x-mailer: <smtp32"},
    {sign, "undeliverable to "},
    {recipient, "undeliverable to "},
    {recipient, "unknown user:"},
    {recipient, "user mailbox exceeds allowed size:"},
    {recipient, "could not be delivered to "},
    {diagnostic, "body of message generated response"},
    {diagnostic, "invalid final delivery userid"},
    {diagnostic, "unknown user:"},
    {original, "^original message follows"},
};

constexpr LayoutRow kMailMarshal[] = {
    {sign, "the following recipients were affected"},
    {sign, "could not be delivered because of"},
    {diagnostic, "could not be delivered because of"},
    {original, "^additional information"},
};

constexpr LayoutRow kMailFoundry[] = {
    {sign, "delivery failed for the following reason"},
    {recipient, "unable to deliver message to: <"},
    {diagnostic, "delivery failed for the following reason"},
};

constexpr LayoutRow kFilters[] = {
    {sign, "this is the mail delivery agent at"},
    {sign, "i was unable to deliver your message to the following"},
    {sign, "your message could not be delivered to the following"},
    {sign, "the following message could not be delivered"},
    {sign, "your message was not delivered because"},
    {sign, "your email message was blocked"},
    {sign, "this is an automatically generated delivery status notification"},
    {sign, "this is an automatically generated message"},
    {sign, "this is the mxlogic"},
    {sign, "this message was created automatically by the mail system"},
    {sign, "the message you sent to the following recipient"},
    {sign, "an error occurred while trying to deliver the mail to the following recipients"},
    {sign, "could not deliver the message to the following recipients"},
    {sign, "your mail message to the following address(es) could not be delivered"},
    {sign, "sent <<< rcpt to:"},
    {sign, "to one or more of the following recipients"},
    {sign, "unable to deliver message to the following recipients"},
    {sign, "delivery to the following recipient"},
    {sign, "the message could not be sent to the following"},
    {sign, "automatic bounce notification"},
    {sign, "this message is to inform you that an email you sent was rejected"},
    {sign, "the following addresses had delivery problems"},
    {sign, "the following addresses had delivery errors"},
    {sign, "the following addresses did not receive a copy"},
    {sign, "failed addresses follow"},
    {sign, "we had trouble delivering your message"},
    {sign, "full details follow"},
    {sign, "a problem occurred during the e-mail delivery"},
    {sign, "the email below could not be delivered to the following user"},
    {sign, "the following message to <"},
    {sign, "was undeliverable"},
    {sign, "your e-mail was not delivered"},
    {sign, "your message could not be sent"},
    {sign, "your message was blocked"},
    {sign, "message from interscan"},
    {sign, "this is the machine generated message from mail service"},
    {sign, "--- session transcript ---"},
    {sign, "here is your list of failed recipients"},
    {sign, "could not be delivered to one or more"},
    {sign, "could not be delivered to some or all"},
    {sign, "could not be delivered to these recipients"},
    {sign, "could not be delivered to the following"},
    {sign, "delivery to the following recipients was aborted"},
    {sign, "has not been delivered"},
    {sign, "did not reach its intended"},
    {sign, "bei diesen empf"},
    {sign, "chec de la remise"},
    {sign, "recapito non riuscito"},
    {sign, "error al entregar"},
    {sign, "levereringen till f"},
    {sign, "rejected recipient <"},
    {recipient, "the following message to <"},
    {recipient, "rejected recipient <"},
    {recipient, "addressed to "},
    {recipient, "intended recipient:"},
    {recipient, "undeliverable address:"},
    {recipient, "sent <<< rcpt to:"},
    {recipient, "unable to deliver message to <"},
    {recipient, "could not deliver message to <"},
    {recipient, "message was not delivered to <"},
    {diagnostic, "responded as follows:"},
    {diagnostic, "the server responded:"},
    {diagnostic, "error details:"},
    {diagnostic, "reported error:"},
    {diagnostic, "the server returned:"},
    {original, "included is a copy of the message header"},
    {original, "below is the original message"},
    {original, "^old message:"},
    {original, "original message attached"},
    {original, "message headers:"},
    {original, "^-- message header"},
    {diagnostic, "received >>>"},
    {diagnostic, "unable to deliver message to the following recipients, due to"},
    {original, "--- message header"},
    {original, "message header:"},
    {original, "----- message header"},
    {original, "--the following is the message"},
    {original, "^the message that caused this notification was"},
};

constexpr Layout kLayouts[] = {
    {"exchange", kExchange}, {"notes", kNotes}, {"imail", kImail}, {"mailmarshal", kMailMarshal}, {"mailfoundry", kMailFoundry}, {"filter", kFilters},
};

}  // namespace

std::span<const Layout> product_layouts() { return kLayouts; }

}  // namespace crmrelay::bounce
