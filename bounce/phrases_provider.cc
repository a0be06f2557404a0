// SPDX-License-Identifier: BSD-2-Clause
//
// What other large receivers and gateways say, by the codes and sentences of their postmaster pages: Yahoo and AOL, Apple, Orange, Free,
// La Poste, Cox, GoDaddy, Spectrum, Comcast, AT&T, Facebook, Tencent QQ, Mail.Ru, Yandex, GMX, Symantec, Mimecast, Proofpoint, Amazon SES.
#include "bounce/phrase.hh"

namespace crmrelay::bounce {

namespace {

using enum Reason;

constexpr Phrase kPhrases[] = {
    // Yahoo and AOL: postmaster.yahooinc.com/error-codes
    {badreputation, 9, "[tss04]"},
    {speeding, 8, "temporarily deferred due to user complaints"},
    {speeding, 8, "temporarily deferred due to unexpected volume or user complaints"},
    {blocked, 8, "permanently deferred"},
    {blocked, 8, "[tss09]"},
    {blocked, 8, "[bl21]"},
    {blocked, 8, "[bl23]"},
    {blocked, 8, "(rly:b"},
    {blocked, 8, "(cs01)"},
    {policyviolation, 8, "message not accepted for policy reasons"},
    {policyviolation, 8, "message temporarily deferred - [250]"},
    {suspend, 8, "this user doesn't have a yahoo.com account"},
    {userunknown, 9, "this user doesn't have a * account"},
    {userunknown, 8, "dd this user doesn't have"},
    {suspend, 8, "sorry your message to @ cannot be delivered. this account has been disabled or discontinued"},
    {suspend, 8, "this mailbox is disabled"},
    {suspend, 8, "this account has been disabled or discontinued"},
    {securityerror, 8, "all rcpt failed"},

    // Apple: support.apple.com/102322
    {blocked, 8, "[cs01] message rejected due to local policy"},
    {policyviolation, 8, "[hm08] message rejected due to local policy"},
    {policyviolation, 8, "[hm"},
    {policyviolation, 7, "message rejected due to local policy"},
    {authfailure, 8, "failed dmarc validation*[dm"},

    // Orange and Wanadoo: OFR_nnn; La Poste: LPNnnn
    {blocked, 8, "ofr_102"},
    {blocked, 8, "ofr_103"},
    {toomanyconn, 8, "ofr_104"},
    {toomanyconn, 8, "ofr_109"},
    {toomanyconn, 8, "ofr_201"},
    {requireptr, 8, "ofr_110"},
    {blocked, 8, "ofr004_105"},
    {spamdetected, 8, "ofr_005"},
    {blocked, 8, "ofr_007"},
    {toomanyconn, 8, "ofr004_104"},
    {badreputation, 8, "ofr_999"},
    {rejected, 8, "ofr_417"},
    {mailboxfull, 8, "ofr_422"},
    {suspend, 8, "ofr_421"},
    {userunknown, 8, "ofr_416"},
    {hasmoved, 8, "ofr_433"},
    {spamdetected, 8, "ofr_506 [506]"},
    {spamdetected, 8, "ofr_5"},
    {blocked, 8, "lpn105"},
    {toomanyconn, 8, "lpnaaa_103"},
    {blocked, 8, "lpn007_401"},
    {blocked, 8, "lpn007_402"},
    {suspend, 8, "lpn007_426"},
    {userunknown, 8, "lpn007_515"},
    {blocked, 8, "adresse ip source bloquee"},
    {toomanyconn, 8, "trop de connexions"},
    {suspend, 8, "compte du destinataire est bloque"},
    {spamdetected, 7, "mail rejete. mail rejected"},
    {toomanyconn, 7, "envoi trop frequent"},

    // Cox: CXnnn; GoDaddy: IBnnn; Spectrum and Charter: AUP#, E1nnn
    {blocked, 8, "cxbl"},
    {blocked, 8, "cxthrt"},
    {blocked, 8, "cxmxrt"},
    {blocked, 8, "cxdns"},
    {rejected, 8, "cxsndr"},
    {requireptr, 8, "cxrdns"},
    {notcompliantrfc, 8, "cxmj"},
    {blocked, 7, "ib103"},
    {blocked, 7, "ib104"},
    {blocked, 7, "ib106"},
    {blocked, 7, "ib110"},
    {blocked, 7, "ib111"},
    {blocked, 7, "ib201"},
    {blocked, 7, "ib212"},
    {toomanyconn, 8, "ib301"},
    {toomanyconn, 8, "ib302"},
    {rejected, 8, "ib501"},
    {rejected, 8, "ib502"},
    {rejected, 8, "ib503"},
    {rejected, 8, "ib504"},
    {rejected, 8, "ib506"},
    {spamdetected, 8, "ib508"},
    {spamdetected, 8, "ib510"},
    {requireptr, 8, "ib511"},
    {userunknown, 8, "ib513"},
    {mailboxfull, 8, "ib514"},
    {speeding, 8, "ib607"},
    {virusdetected, 8, "ib705"},
    {blocked, 8, "e1109"},
    {blocked, 8, "e1125"},
    {speeding, 8, "e1140"},
    {speeding, 8, "e1145"},
    {blocked, 8, "aup#"},
    {blocked, 7, "sender rejected. refer to error codes section"},

    // Facebook: postmaster.facebook.com response codes
    {filtered, 9, "rcp-p1"},
    {filtered, 9, "rcp-p2"},
    {filtered, 9, "rcp-p3"},
    {rejected, 8, "msg-p1"},
    {policyviolation, 8, "msg-p"},
    {syntaxerror, 8, "pol-p4"},
    {blocked, 8, "pol-p1"},
    {systemerror, 8, "pol-p5"},
    {suspend, 8, "pol-p6"},
    {virusdetected, 8, "pol-p7"},
    {toomanyconn, 8, "con-t1"},
    {toomanyconn, 8, "con-t2"},
    {toomanyconn, 8, "con-t3"},
    {speeding, 8, "rcp-t"},
    {blocked, 8, "dns-p1"},
    {blocked, 8, "dns-p2"},
    {requireptr, 8, "dns-p3"},

    // Tencent QQ: service.mail.qq.com
    {toomanyconn, 8, "ip frequency limited"},
    {toomanyconn, 8, "connection frequency limited"},
    {toomanyconn, 8, "domain frequency limited"},
    {speeding, 8, "sender frequency limited"},
    {spamdetected, 8, "mail content denied"},
    {blocked, 8, "suspected bounce attacks"},
    {blocked, 8, "suspicious network"},
    {suspend, 8, "mailbox unavailable or access denied"},
    {notcompliantrfc, 8, "mail is rejected by recipients"},
    {filtered, 9, "mail is rejected by recipients"},
    {authfailure, 8, "mail from error: sender domain is empty"},

    // GMX, WEB.DE, IONOS, mail.com: Nemesis ESMTP
    {requireptr, 9, "bad dns ptr resource record"},
    {blocked, 8, "nemesis esmtp service not available*ip address is black listed"},
    {speeding, 8, "mail send limit exceeded"},

    // Gateways
    {blocked, 8, "support.proofpoint.com/dnsbl-lookup"},
    {blocked, 8, "proofpoint*blocked"},
    {securityerror, 8, "please turn on smtp authentication in your mail client"},
    {blocked, 8, "permanent failure for one or more recipients (@:blocked"},
    {userunknown, 8, "invalid recipient*mimecast"},
    {authfailure, 8, "spf sender invalid"},
    {authfailure, 8, "dkim sender invalid"},
    {authfailure, 8, "dmarc sender invalid"},
    {blocked, 8, "mimecast*sender has been blocked"},
    {policyviolation, 8, "administrative prohibition"},
    {policyviolation, 8, "administrative lockout"},
    {spamdetected, 8, "anti-spoofing policy"},
    {authfailure, 8, "anti-spoofing header lockout"},
    {policyviolation, 8, "rejected by header based anti-spoofing"},
    {spamdetected, 8, "reject due to policy violation*spam"},
    {badreputation, 8, "refused due to * senderbase"},
    {blocked, 8, "csi.cloudmark.com"},
    {blocked, 7, "cloudmark"},
    {spamdetected, 7, "blocked by mailspike"},
    {spamdetected, 7, "mail contained a url rejected by surbl"},
    {spamdetected, 8, "rejected due to barracuda"},
    {virusdetected, 8, "attachment*trojan"},

    // Senders' own services
    {suppressed, 8, "amazon ses has suppressed sending to this address"},
    {suppressed, 8, "on the suppression list for your account"},
    {suppressed, 8, "bounced address"},
    {rejected, 8, "email address is not verified"},
    {expired, 8, "unable to deliver in"},
};

}  // namespace

std::span<const Phrase> provider_phrases() { return kPhrases; }

}  // namespace crmrelay::bounce
