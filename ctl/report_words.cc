// SPDX-License-Identifier: BSD-2-Clause
//
// Tables of a name and its words.
#include "ctl/report_words.hh"

#include <algorithm>
#include <iterator>
#include <span>

namespace crmrelay::ctl {

namespace {

struct Row {
    std::string_view name;
    const char* words;
};

// Sisimai's vocabulary, as events have it.
constexpr Row kBounces[] = {
    {"undefined", N_("no known reason")},
    {"onhold", N_("the answer says too little")},
    {"userunknown", N_("no such address")},
    {"hostunknown", N_("no such domain or host")},
    {"hasmoved", N_("the address has moved")},
    {"notaccept", N_("the host takes no mail")},
    {"suspend", N_("the mailbox is suspended")},
    {"mailboxfull", N_("the mailbox is full")},
    {"mesgtoobig", N_("the message is too big")},
    {"exceedlimit", N_("the recipient's size limit")},
    {"filtered", N_("refused after the content was seen")},
    {"expired", N_("given up after days of trying")},
    {"networkerror", N_("the network or DNS failed")},
    {"systemerror", N_("the receiving system failed")},
    {"systemfull", N_("the receiving system's disk is full")},
    {"mailererror", N_("a program of the recipient failed")},
    {"speeding", N_("sent too fast")},
    {"toomanyconn", N_("too many connections")},
    {"syntaxerror", N_("a command was not understood")},
    {"authfailure", N_("SPF, DKIM or DMARC failed")},
    {"badreputation", N_("the sending address has a bad reputation")},
    {"blocked", N_("the sending address is blocked")},
    {"requireptr", N_("the sending address has no reverse DNS name")},
    {"rejected", N_("the sender was refused")},
    {"norelaying", N_("the receiving server does not relay")},
    {"policyviolation", N_("against the receiver's policy")},
    {"securityerror", N_("a security check failed")},
    {"spamdetected", N_("taken for spam")},
    {"virusdetected", N_("a virus was found")},
    {"contenterror", N_("the content was refused")},
    {"notcompliantrfc", N_("the message breaks a standard")},
    {"failedstarttls", N_("STARTTLS failed")},
    {"suppressed", N_("on a suppression list")},
    {"others", N_("others")},
};

constexpr Row kClasses[] = {
    {"hard", N_("hard: the address is dead")},
    {"soft", N_("soft: may pass another time")},
    {"policy", N_("policy: sender or content refused")},
    {"other", N_("other")},
};

// As clients are told in [crmrelay:REASON].
constexpr Row kRefusals[] = {
    {"network", N_("network")},
    {"login", N_("login")},
    {"tls", N_("TLS")},
    {"certificate", N_("client certificate")},
    {"tenant", N_("tenant header")},
    {"dkim", N_("DKIM signature")},
    {"from", N_("From of another domain")},
    {"limit", N_("limit reached")},
    {"suspended", N_("suspended")},
    {"bounce-address", N_("forged bounce address")},
    {"unavailable", N_("could not be judged")},
    {"password", N_("wrong password")},
    {"others", N_("others")},
};

constexpr Row kStrikes[] = {{"strikes", N_("refusals that counted (strikes)")}, {"suspensions", N_("suspensions")}};

constexpr Row kKinds[] = {
    {"handback", N_("hand-back to the CRM")},
    {"forward", N_("mail passed on")},
    {"notice", N_("notice to administrators")},
    {"webhook", N_("webhook event")},
};

constexpr Row kStates[] = {
    {"pending", N_("waiting")},
    {"queued", N_("queued by Postfix")},
    {"delivered", N_("delivered")},
    {"failed", N_("dead letter")},
    {"dropped", N_("dropped")},
};

const char* find(std::span<const Row> rows, std::string_view name) {
    const auto at = std::ranges::find(rows, name, &Row::name);
    return at == rows.end() ? nullptr : at->words;
}

std::string words_or_name(const base::Translation& tr, std::span<const Row> rows, std::string_view name) {
    const char* const words = find(rows, name);
    return words ? tr(words) : std::string(name);
}

}  // namespace

std::string words_of_bounce(const base::Translation& tr, std::string_view reason) {
    const char* const words = find(kBounces, reason);
    return words ? tr(words) : std::string();
}

std::string words_of_class(const base::Translation& tr, std::string_view name) { return words_or_name(tr, kClasses, name); }
std::string words_of_refusal(const base::Translation& tr, std::string_view reason) { return words_or_name(tr, kRefusals, reason); }
std::string words_of_strikes(const base::Translation& tr, std::string_view name) { return words_or_name(tr, kStrikes, name); }
std::string words_of_kind(const base::Translation& tr, std::string_view kind) { return words_or_name(tr, kKinds, kind); }
std::string words_of_state(const base::Translation& tr, std::string_view state) { return words_or_name(tr, kStates, state); }

}  // namespace crmrelay::ctl
