// SPDX-License-Identifier: BSD-2-Clause
//
// The milter's events, typed: one function an event, one line each. What became of a message is logged by policyd,
// which decided it; here stands only what policyd cannot know.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/facts.hh"
#include "policy/reply.hh"

namespace crmrelay::milter::log {

// config: a file that serves, or one that does not and changes nothing.
void config_serves(std::string_view file, std::size_t domains);
void config_broken(std::string_view problem);
void config_needs_restart(std::string_view key);

// unavailable: policyd could not be asked at this step; what happened to the message, and why.
struct Away {
    std::string_view queue_id;
    const policy::SessionFacts& session;
    std::string_view service;   // the port that the client has connected to
    std::string_view step;      // mail, data, message
    std::string_view action;    // unannounced, deferred, accepted
    std::string_view why;
};
void unavailable(const Away& away);

// refused: what the milter refused itself, because the message is beyond a cap.
void refused(std::string_view queue_id, const policy::SessionFacts& session, const policy::Reply& reply);

// signed: the DKIM signatures that a message gets, one line each; unsigned: why it gets none although policyd ordered it, and is deferred.
void signature(std::string_view queue_id, std::string_view domain, std::string_view selector);
void unsigned_message(std::string_view queue_id, std::string_view entry, std::string_view action, std::string_view why);

// protocol: an MTA or policyd did or offered what cannot work.
void protocol(std::string_view queue_id, std::string_view what);

// failed: a callback threw.
void failed(std::string_view callback, std::string_view why);

void serving(std::string_view endpoint, std::string_view instance);
void stopped(std::size_t callbacks_left);

}  // namespace crmrelay::milter::log
