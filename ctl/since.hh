// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a moment as an administrator writes it.
#pragma once

#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace crmrelay::ctl {

// "2026-11-23" (its first second, UTC), RFC 3339 ("2026-11-23T12:35:58Z", "…+09:00"), or so long before `now`: "90m", "24h", "7d".
base::Result<base::Seconds> parse_since(std::string_view text, base::Seconds now);

}  // namespace crmrelay::ctl
