// SPDX-License-Identifier: BSD-2-Clause
//
// Notices of the mail servers of Unix: Sendmail 5 to 8 and its kin, qmail's QSBMF (cr.yp.to/proto/qsbmf.txt), Exim, Postfix, Courier,
// OpenSMTPD, DragonFly's dma, smail, Apache James, Oracle Messaging Server, fml, PowerMTA.
#include "bounce/layout.hh"

namespace crmrelay::bounce {

namespace {

using enum Mark;

constexpr LayoutRow kSendmail[] = {
    {sign, "^----- the following addresses had"},
    {sign, "^----- the following addresses have delivery"},
    {sign, "^----- recipients of this delivery"},
    {sign, "bounced, cannot deliver:"},
    {sign, "^----- transcript of session follows"},
    {sign, "^----transcript of session follows"},
    {original, "^----- unsent message follows"},
    {original, "^----- no message was collected"},
    {original, "^----- message header follows"},
    {original, "^----- original message follows"},
    {original, "^----unsent message follows"},
    {delayed, "^----- the following addresses had transient"},
    {delayed, "** this is a warning message only **"},
    {subject, "returned mail: "},
    {delivered, "^----- the following addresses had successful delivery"},
};

constexpr LayoutRow kQmail[] = {
    {sign, "hi. this is the qmail-send program"},
    {sign, "this is the qmail-send"},
    {sign, "^hi. this is the "},
    {sign, "^hi. the mta program at"},
    {sign, "^hi. this is the deliver program at"},
    {sign, "this is the mail delivery agent at"},
    {sign, "there's a problem with the e-mail address"},
    {sign, "check your send e-mail address"},
    {sign, "this is the mailfilter"},
    {sign, "unfortunately, your mail was not delivered"},
    {sign, "your message has bounced"},
    {sign, "undeliverable mail was returned"},
    {sign, "i'm afraid i wasn't able to deliver your message"},
    {sign, "i wasn't able to deliver your message"},
    {sign, "this message was created automatically by the mail system (ecelerity)"},
    {original, "--- below this line is a copy of the message"},
    {original, "--- below this line is the original"},
    {original, "--- below the next line is a copy of the message"},
    {original, "--- enclosed are the original headers"},
    {original, "---- original message follows"},
    {original, "--- the message cannot be delivered"},
    {diagnostic, "remote host said:"},
};

constexpr LayoutRow kExim[] = {
    {sign, "this message was created automatically by mail delivery software"},
    {sign, "this message was created automatically by mail delivery system"},
    {sign, "a message that you sent could not be delivered to"},
    {sign, "a message that you sent has not yet been delivered"},
    {sign, "the following address(es) failed"},
    {sign, "the address to which the message has not yet been delivered"},
    {sign, "message could not be delivered for"},
    {delayed, "the address to which the message has not yet been delivered"},
    {delayed, "the addresses to which the message has not yet been delivered"},
    {original, "this is a copy of the message, including all the headers"},
    {original, "this is a copy of your message, including all the headers"},
    {original, "this is a copy of the message's headers"},
    {original, "the body of the message is "},
    {original, "no action is required on your part"},
};

constexpr LayoutRow kPostfix[] = {
    {sign, "this is the mail system at host"},
    {sign, "^transcript of session follows."},
    {recipient, "in:  rcpt to:<"},
    {sign, "this is the postfix program"},
    {sign, "this is the postfix mail system"},
    {sign, "i'm sorry to have to inform you that"},
    {sign, "the mail system"},
    {sign, " program at host"},
    {delayed, "this is a warning only"},
    {delayed, "your message could not be delivered for"},
    {delivered, "your message was successfully delivered to"},
    {delivered, "enclosed is the mail delivery report that you requested"},
};

constexpr LayoutRow kCourier[] = {
    {sign, "this is a delivery status notification from"},
    {sign, "the original message was received on"},
    {sign, "unable to deliver your message to the following recipients"},
    {sign, "your message was not delivered to"},
    {delayed, "delivery is being delayed"},
};

constexpr LayoutRow kOpenSmtpd[] = {
    {sign, "this is the mailer-daemon, please do not reply to this"},
    {sign, "an error has occurred while attempting to deliver a message"},
    {delayed, "a message is delayed for more than"},
    {original, "below is a copy of the original message"},
    {stop, "please note that this is only a temporary failure report"},
};

constexpr LayoutRow kDragonFly[] = {
    {sign, "this is the dragonfly mail agent"},
    {recipient, "there was an error delivering your mail to <"},
    {original, "^message headers follow"},
    {original, "^original message follows"},
};

constexpr LayoutRow kSmail[] = {
    {sign, "this message was created automatically by the smail"},
    {sign, "^|------------------------- failed addresses follow"},
    {original, "^|------------------------- message text follows"},
    {original, "^|------------------------- message header follows"},
    {diagnostic, "^|------------------------- message log follows"},
};

constexpr LayoutRow kJames[] = {
    {sign, "this is the james mail"},
    {sign, "has generated this error message"},
    {header, "x-mailer: james"},
    {sign, "^error message below:"},
    {sign, "i include the list of recipients and the reason why"},
    {stop, "^message details:"},
    {diagnostic, "error message below:"},
    {diagnostic, "error message follows"},
};

constexpr LayoutRow kMessagingServer[] = {
    {sign, "this report relates to a message you sent with the following header fields"},
    {sign, "your message cannot be delivered to the following recipients"},
    {sign, "your message is being returned; it has been enqueued"},
    {recipient, "^recipient address:"},
    {recipient, "^original address:"},
    {diagnostic, "^reason:"},
    {diagnostic, "^diagnostic code:"},
    {stop, "^remote system:"},
    {delayed, "your message has been enqueued and undeliverable for"},
    {delayed, "the mail system will continue to try to deliver"},
};

constexpr LayoutRow kFml[] = {
    {header, "x-mlserver:"},
    {header, "x-ml-name:"},
    {sign, "you are not a member of this mailing list"},
    {sign, "you are not member"},
    {subject, "are not member"},
    {subject, "reject mail from"},
    {subject, "fml status report"},
    {subject, "post from not member"},
    {recipient, "mailing list <"},
    {original, "^if you know the general guide"},
};

constexpr LayoutRow kPowerMta[] = {
    {sign, "hello, this is the mail server on"},
    {sign, "i am sending you this message to inform you on the delivery status"},
    {original, "^--- message header"},
};

constexpr Layout kLayouts[] = {
    {"sendmail", kSendmail},   {"qmail", kQmail},         {"exim", kExim},   {"postfix", kPostfix},
    {"courier", kCourier},     {"opensmtpd", kOpenSmtpd}, {"dragonfly", kDragonFly}, {"smail", kSmail},
    {"james", kJames},         {"messaging server", kMessagingServer}, {"fml", kFml, Reason::rejected}, {"powermta", kPowerMta},
};

}  // namespace

std::span<const Layout> unix_layouts() { return kLayouts; }

}  // namespace crmrelay::bounce
