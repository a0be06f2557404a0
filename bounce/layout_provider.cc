// SPDX-License-Identifier: BSD-2-Clause
//
// Notices of large providers: Gmail and Google Groups, Yahoo, GMX and IONOS, Zoho, Amazon SES and WorkMail, Mail.Ru, Yandex, SendGrid, Verizon,
// AOL, Facebook.
#include "bounce/layout.hh"

namespace crmrelay::bounce {

namespace {

using enum Mark;

constexpr LayoutRow kGoogle[] = {
    {sender, "mailer-daemon@googlemail.com"},
    {sign, "delivery to the following recipient failed permanently"},
    {sign, "delivery to the following recipients failed permanently"},
    {sign, "delivery to the following recipient has been delayed"},
    {sign, "** address not found **"},
    {sign, "** message not delivered **"},
    {sign, "** message blocked **"},
    {sign, "** delivery incomplete **"},
    {diagnostic, "technical details of permanent failure"},
    {diagnostic, "technical details of temporary failure"},
    {diagnostic, "the error that the other server returned was:"},
    {diagnostic, "the response from the remote server was:"},
    {diagnostic, "the response was:"},
    {stop, "message will be retried for"},
    {delayed, "delivery to the following recipient has been delayed"},
    {delayed, "** delivery incomplete **"},
};

constexpr LayoutRow kGoogleGroups[] = {
    {sender, "google groups"},
    {sign, "google groups"},
    {sign, "groups.google.com/support"},
    {sign, "the group you tried to contact"},
};

constexpr LayoutRow kYahoo[] = {
    {sign, "sorry, we were unable to deliver your message to the following address"},
    {sign, "^message from "},
    {sign, "unable to deliver message to the following address(es)"},
    {diagnostic, "remote host said:"},
    {original, "--- original message follows"},
    {original, "--- below this line is a copy"},
};

constexpr LayoutRow kGmx[] = {
    {sender, "@kundenserver"},
    {sender, "mailer-daemon@gmx"},
    {sign, "the following address failed"},
    {diagnostic, "for the following reason"},
    {diagnostic, "smtp error from remote server"},
    {original, "--- the header of the original message is following"},
};

constexpr LayoutRow kZoho[] = {
    {header, "x-mailer: zoho mail"},
    {header, "x-zohomail:"},
    {sign, "[status: error, address:"},
    {recipient, "[status: error, address:"},
    {original, "^message-id:<"},
    {stop, "^message will be retried for"},
};

constexpr LayoutRow kAmazon[] = {
    {header, "x-mailer: amazon workmail"},
    {sender, "mailer-daemon@amazonses"},
    {sender, "amazonses.com"},
    {sign, "technical report:"},
    {sign, "an error occurred while trying to deliver the mail to the following"},
    {original, "^--- original message"},
};

constexpr LayoutRow kOthers[] = {
    {header, "x-mru-"},
    {header, "x-mailer-daemon-recipients:"},
    {sign, "это письмо создано автоматически"},
    {sender, "mailer-daemon@yandex"},
    {sender, "verizonwireless"},
    {sender, "post_master@vtext.com"},
    {sign, "undeliverable message returned to sender"},
    {sign, "message could not be delivered to mobile"},
    {sign, "your message was not sent because"},
    {sign, "the following recipients did not receive"},
    {recipient, "could not be delivered to mobile."},
    {diagnostic, "^error: "},
    {original, "^original message:"},
};

constexpr Layout kLayouts[] = {
    {"google", kGoogle}, {"google groups", kGoogleGroups, Reason::rejected}, {"yahoo", kYahoo}, {"gmx", kGmx}, {"zoho", kZoho}, {"amazon", kAmazon},
    {"provider", kOthers},
};

}  // namespace

std::span<const Layout> provider_layouts() { return kLayouts; }

}  // namespace crmrelay::bounce
