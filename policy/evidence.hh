// SPDX-License-Identifier: BSD-2-Clause
//
// Judges each piece of a domain's evidence on a session: held or failed, and in words why. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/facts.hh"
#include "policy/rules.hh"

namespace crmrelay::policy {

struct Finding {
    conf::Evidence kind;
    bool required = false;     // by some set of `require`
    bool held = false;
    std::string words;         // "client 203.0.113.9 is not in this domain's networks"
};

bool holds(const Rules& rules, std::size_t domain, conf::Evidence kind, const SessionFacts& facts);

// True where some set of the domain's `require` holds whole.
bool admits(const Rules& rules, std::size_t domain, const SessionFacts& facts);

// The piece to name in a refusal: the first that fails of the set that lacks least. Nothing where admits().
std::optional<conf::Evidence> lacking(const Rules& rules, std::size_t domain, const SessionFacts& facts);

std::string words_for(conf::Evidence kind, bool held, const SessionFacts& facts);

// Every kind of evidence, for `explain`.
std::vector<Finding> examine(const Rules& rules, std::size_t domain, const SessionFacts& facts);

}  // namespace crmrelay::policy
