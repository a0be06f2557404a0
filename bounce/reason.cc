// SPDX-License-Identifier: BSD-2-Clause
//
// The reasons as a table, in the order of the enumeration.
#include "bounce/reason.hh"

#include <array>

namespace crmrelay::bounce {

namespace {

struct Row {
    Reason reason;
    std::string_view name;
    std::string_view verdict;
    std::string_view fault;
};

constexpr std::array kRows{
    Row{Reason::undefined, "undefined", "other", "unknown"},
    Row{Reason::onhold, "onhold", "other", "unknown"},
    Row{Reason::userunknown, "userunknown", "hard", "recipient"},
    Row{Reason::hostunknown, "hostunknown", "hard", "recipient"},
    Row{Reason::hasmoved, "hasmoved", "hard", "recipient"},
    Row{Reason::notaccept, "notaccept", "hard", "recipient"},
    Row{Reason::suspend, "suspend", "soft", "recipient"},
    Row{Reason::mailboxfull, "mailboxfull", "soft", "recipient"},
    Row{Reason::mesgtoobig, "mesgtoobig", "soft", "content"},
    Row{Reason::exceedlimit, "exceedlimit", "soft", "content"},
    Row{Reason::filtered, "filtered", "soft", "recipient"},
    Row{Reason::expired, "expired", "soft", "recipient"},
    Row{Reason::networkerror, "networkerror", "soft", "recipient"},
    Row{Reason::systemerror, "systemerror", "soft", "recipient"},
    Row{Reason::systemfull, "systemfull", "soft", "recipient"},
    Row{Reason::mailererror, "mailererror", "soft", "recipient"},
    Row{Reason::speeding, "speeding", "soft", "policy"},
    Row{Reason::toomanyconn, "toomanyconn", "soft", "policy"},
    Row{Reason::syntaxerror, "syntaxerror", "soft", "relay"},
    Row{Reason::authfailure, "authfailure", "policy", "relay"},
    Row{Reason::badreputation, "badreputation", "policy", "policy"},
    Row{Reason::blocked, "blocked", "policy", "policy"},
    Row{Reason::requireptr, "requireptr", "policy", "relay"},
    Row{Reason::rejected, "rejected", "policy", "policy"},
    Row{Reason::norelaying, "norelaying", "policy", "policy"},
    Row{Reason::policyviolation, "policyviolation", "policy", "policy"},
    Row{Reason::securityerror, "securityerror", "policy", "relay"},
    Row{Reason::spamdetected, "spamdetected", "policy", "content"},
    Row{Reason::virusdetected, "virusdetected", "policy", "content"},
    Row{Reason::contenterror, "contenterror", "policy", "content"},
    Row{Reason::notcompliantrfc, "notcompliantrfc", "policy", "content"},
    Row{Reason::failedstarttls, "failedstarttls", "policy", "relay"},
    Row{Reason::suppressed, "suppressed", "other", "policy"},
    Row{Reason::delivered, "delivered", "other", "unknown"},
    Row{Reason::feedback, "feedback", "other", "recipient"},
    Row{Reason::vacation, "vacation", "other", "unknown"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
    return kRows.size() == static_cast<std::size_t>(Reason::vacation) + 1;
}
static_assert(in_order(), "row_of() looks up by position");

const Row& row_of(Reason reason) { return kRows[static_cast<std::size_t>(reason)]; }

}  // namespace

std::string_view name_of(Reason reason) { return row_of(reason).name; }

std::string_view verdict_of(Reason reason, bool temporary) {
    // A host that takes no mail now may take some tomorrow; servers that say "unknown user" with 4xx do it out of policy, so that it stays hard.
    if (reason == Reason::notaccept && temporary) return "soft";
    return row_of(reason).verdict;
}

std::string_view fault_of(Reason reason) { return row_of(reason).fault; }

Reason reason_named(std::string_view name) {
    for (const auto& row : kRows)
        if (row.name == name) return row.reason;
    return Reason::undefined;
}

}  // namespace crmrelay::bounce
