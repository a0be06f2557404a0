// SPDX-License-Identifier: BSD-2-Clause
//
// The decisions, pure: rules and facts in, verdict out. No clock, no store, no log; the shells perform what a verdict asks for.
//
// session_verdict() answers at RCPT, where only the session is known; message_verdict() at end of message, by RFC5322.From;
// bounce_verdict() judges recipient addresses of the bounce domains.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evidence.hh"
#include "policy/evidence.hh"
#include "policy/facts.hh"
#include "policy/reply.hh"
#include "policy/rules.hh"

namespace crmrelay::policy {

// Why something is refused, or would be in enforce mode.
struct Refusal {
    std::string domain;       // the entry's name, or the From domain where no entry speaks for it
    std::string reason;       // network login tls certificate tenant dkim from limit bounce-address unavailable
    Reply reply;
    bool observed = false;    // the domain only observes: nothing is refused
    std::vector<Finding> findings = {};   // where the entry's evidence decided
};

// Domains that are suspended now, by name, and what their clients are told.
using Suspensions = std::map<std::string, Reply, std::less<>>;

struct SessionVerdict {
    enum class Kind { grant, refuse, defer, not_ours };   // defer: what would decide cannot be looked up now
    Kind kind = Kind::not_ours;
    std::optional<Refusal> refusal;    // of refuse and defer; and of not_ours where a domain observes
};

// May this session relay? It may where the rule of at least one configured domain can still hold. SPF answers that `facts` lacks count as unknown.
// Where all of those are suspended, it is told so.
SessionVerdict session_verdict(const Rules& rules, const SessionFacts& facts, const Suspensions& suspended = {});

// Of a session that is refused: how each domain that lists its login or certificate would have put it.
std::vector<Refusal> refusals_of_owners(const Rules& rules, const SessionFacts& facts);

// Does this session use one of the configured logins?
bool is_crm_login(const Rules& rules, const SessionFacts& facts);

struct MessageVerdict {
    enum class Kind { relay, refuse, pass };
    Kind kind = Kind::pass;
    std::optional<Refusal> refusal;            // of refuse; and of pass where a domain observes
    const conf::Domain* domain = nullptr;      // of relay
    std::string from;                          // of relay: the first From address
    bool rewrite = false;                      // of relay: a new return path is to be made
    std::string archive;                       // of relay: the mailbox that gets a copy; empty where none does
    bool sign = false;                         // of relay: the domain's DKIM keys sign it
    std::vector<Finding> findings = {};        // of relay
};

// What happens to a CRM's message? `granted`: policyd has let one of its recipients pass.
MessageVerdict message_verdict(const Rules& rules, const SessionFacts& session, const MessageFacts& message, bool granted, base::Seconds now,
                               const Suspensions& suspended = {});

// The domain of the one From field, lower case; empty where the message speaks for no configured domain.
std::string from_domain_of(const Rules& rules, const MessageFacts& message);

// The "spf:" networks of the domain that this message speaks for; none where it speaks for nobody.
std::vector<std::string> spf_names_of(const Rules& rules, const MessageFacts& message);

struct BounceVerdict {
    enum class Kind { not_ours, pass, refuse, look_up };   // look_up: genuine and unexpired; it passes where the store knows it
    Kind kind = Kind::not_ours;
    std::string token;                         // of look_up
    std::optional<Refusal> refusal;
};

// `from_ourselves`: the client is this host. An unknown token gets unknown_token() from the shell.
BounceVerdict bounce_verdict(const Rules& rules, std::string_view recipient, bool from_ourselves, base::Seconds now);
Refusal unknown_token(std::string_view recipient);

}  // namespace crmrelay::policy
