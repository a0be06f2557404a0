// SPDX-License-Identifier: BSD-2-Clause
//
// bounced's log, one function an event: bounce, handed-back, forwarded, notice, store, config.
#pragma once

#include <string_view>

#include "store/records.hh"

namespace crmrelay::report::log {

// What a report said of one recipient: durable by now. `known`: it had been told before, and nothing new came of it.
void bounce(const store::Event& event, bool known, bool truncated);
// Mail at a bounce address that makes no event, and where it goes; `why` is a word (no-match, no-report, postmaster, hops, …).
void no_event(std::string_view domain, std::string_view token, std::string_view sender, std::string_view why, std::string_view to);
// Mail that goes nowhere, and why (forward-limit, hops, null-sender, keep).
void dropped(std::string_view domain, std::string_view token, std::string_view sender, std::string_view why);
// A double-bounce notice that is not about our mail.
void foreign_double_bounce(std::string_view queue_id, std::string_view to);

// The outbox: what became of a row.
void queued(const store::Outgoing& row, std::string_view queue_id);
void delivered(const store::Outgoing& row, std::string_view answer);        // a webhook
void disabled(const store::Outgoing& row, std::string_view answer);         // its target: 410
void postponed(const store::Outgoing& row, std::string_view error, base::Seconds next_at);
void failed(const store::Outgoing& row, std::string_view error);

void store_trouble(std::string_view what, std::string_view error);
void purged(base::Seconds before);
void config_serves(std::string_view file, std::size_t domains);   // at the start, and after a reload
void config_problem(std::string_view problem);      // "FILE:LINE:COLUMN: text"
void config_kept();
void restart_needed(std::string_view key);

}  // namespace crmrelay::report::log
