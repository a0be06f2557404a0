// SPDX-License-Identifier: BSD-2-Clause
//
// Why a message was not delivered, in Sisimai's vocabulary, with what each reason says of the address and whose fault it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace crmrelay::bounce {

enum class Reason : std::uint8_t {
    undefined,
    onhold,
    userunknown,
    hostunknown,
    hasmoved,
    notaccept,
    suspend,
    mailboxfull,
    mesgtoobig,
    exceedlimit,
    filtered,
    expired,
    networkerror,
    systemerror,
    systemfull,
    mailererror,
    speeding,
    toomanyconn,
    syntaxerror,
    authfailure,
    badreputation,
    blocked,
    requireptr,
    rejected,
    norelaying,
    policyviolation,
    securityerror,
    spamdetected,
    virusdetected,
    contenterror,
    notcompliantrfc,
    failedstarttls,
    suppressed,
    delivered,
    feedback,
    vacation,
};
constexpr int kReasonCount = static_cast<int>(Reason::vacation) + 1;

std::string_view name_of(Reason reason);

// "hard": the address is dead; "soft"; "policy": the receiver minds the sender or the content; "other". `temporary` is a 4xx answer.
std::string_view verdict_of(Reason reason, bool temporary);

// recipient, content, policy, relay, unknown: whose.
std::string_view fault_of(Reason reason);

// Reason::undefined where no reason has that name.
Reason reason_named(std::string_view name);

}  // namespace crmrelay::bounce
