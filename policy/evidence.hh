// SPDX-License-Identifier: BSD-2-Clause
//
// Judges each piece of a domain's evidence: held, failed, or not to be judged now or yet; and in words why. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.hh"
#include "policy/rules.hh"

namespace crmrelay::policy {

enum class Judgement {
    held,
    failed,
    unknown,   // DNS cannot say now: a temporary answer
    later,     // it stands in the message, which has not come yet
};

// What is judged: a session, and at end of message also the message with the domain of its From field.
struct Exhibit {
    const SessionFacts& session;
    const MessageFacts* message = nullptr;
    std::string_view from_domain = {};
};

Judgement judge(const Rules& rules, std::size_t domain, conf::Evidence kind, const Exhibit& exhibit);

// Whether a valid DKIM signature of the message is aligned with its From domain (RFC 7489 section 3.1.1).
bool has_aligned_signature(const conf::Domain& domain, const Exhibit& exhibit);

// What the domain's `require` makes of it: `held` where some set holds, or still can (`later` counts as held); else `unknown` where what is unknown decides.
struct Ruling {
    Judgement judgement = Judgement::failed;
    std::optional<conf::Evidence> lacking;   // the piece to name in a refusal: the first that fails of the set that lacks least
};
Ruling rule(const Rules& rules, std::size_t domain, const Exhibit& exhibit);

// One sentence about a piece: "client 203.0.113.9 is not in this domain's networks".
std::string words_for(const Rules& rules, std::size_t domain, conf::Evidence kind, const Exhibit& exhibit);

struct Finding {
    conf::Evidence kind;
    bool required = false;     // by some set of `require`
    Judgement judgement = Judgement::failed;
    std::string words;
};

// Every kind of evidence, for `explain` and the log.
std::vector<Finding> examine(const Rules& rules, std::size_t domain, const Exhibit& exhibit);

}  // namespace crmrelay::policy
