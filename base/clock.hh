// SPDX-License-Identifier: BSD-2-Clause
//
// Time as the rooms pass it around: seconds since the epoch, UTC. Cores take it as a value; only shells read a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crmrelay::base {

using Seconds = std::int64_t;  // since 1970-01-01T00:00:00Z

// The system's clock, and $CRMRELAY_CLOCK_OFFSET seconds on top: with it a test shows a whole program another day.
Seconds now();
Seconds clock_offset();   // 0 without that variable

// "2026-11-23T12:35:58Z" (RFC 3339).
std::string rfc3339(Seconds time);
std::optional<Seconds> from_rfc3339(std::string_view text);   // of that very form

// "Mon, 23 Nov 2026 12:35:58 +0000" (RFC 5322 section 3.3).
std::string rfc5322_date(Seconds time);

}  // namespace crmrelay::base
