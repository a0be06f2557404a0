// SPDX-License-Identifier: BSD-2-Clause
//
// Strikes: which refusals count against a domain, what a failure makes of its standing, and when a suspension is over. Pure: standing and event in,
// standing out; days are those of the domain's time zone, and the clock is the caller's.
//
// A refusal counts where policyd itself gave it to a session that proved itself the domain's own. Strangers, other customers of the CRM's cloud, recipients
// and what a delivery report says have no way in.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "policy/decision.hh"
#include "store/records.hh"

namespace crmrelay::policy {

constexpr int kWarnedAt = 2, kToldAt = 3;            // failures in a row that the administrators hear of, where they do not suspend
constexpr std::size_t kFailuresKept = 20;            // the latest of a row
constexpr std::size_t kFailureTextCap = 300;         // octets of what is kept of one
constexpr int kFailuresCounted = 1000;               // a day; more change nothing
constexpr int kStrikeEventsADay = 50;                // of one domain

// How a session or message has proved that it is this domain's own.
enum class Proof { login, certificate, dkim, tenant };
std::string_view name_of(Proof proof);

// A tenant value counts only from within the domain's networks: outside anybody writes one.
std::optional<Proof> proof_of(const Rules& rules, std::size_t domain, const Exhibit& exhibit);

// Whether this refusal is one that counts, proof aside.
bool counts(const conf::Domain& domain, const Refusal& refusal);

struct Struck {
    enum class Tell { nobody, warned, told, suspended };
    store::Standing standing;
    bool changed = false;           // false while the domain is suspended, and beyond kFailuresCounted
    bool event = false;             // the failure gets an event of its own
    Tell tell = Tell::nobody;       // what the administrators get a notice of
};
Struck strike(const store::Standing& before, const conf::Domain& domain, const store::Failure& failure);

// A wrong password from the domain's networks. True once a day: then the administrators are told.
bool warn_of_password(store::Standing& standing, const conf::Domain& domain, base::Seconds now);

// By hand. `until` 0: until somebody resumes it.
store::Standing suspended(const store::Standing& before, base::Seconds now, base::Seconds until, std::string why);
// Nothing where it is not suspended.
std::optional<store::Standing> resumed(const store::Standing& before);
// Nothing where it is not suspended, or not over yet.
std::optional<store::Standing> resumed_when_over(const store::Standing& before, base::Seconds now);

// What a client of a suspended domain is told: until when, and why.
Reply suspended_reply(const conf::Domain& domain, const store::Standing& standing);

}  // namespace crmrelay::policy
