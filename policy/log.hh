// SPDX-License-Identifier: BSD-2-Clause
//
// policyd's mail log: a function an event.
#pragma once

#include <string_view>

#include "policy/decision.hh"
#include "policy/facts.hh"

namespace crmrelay::policy::log {

// Accepted at end of message, its record durable.
void relayed(const SessionFacts& session, const MessageFacts& message, const conf::Domain& domain, std::string_view from, std::string_view return_path);

// Refused, or (observe mode) what would have been.
void refused(const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient);

// A session that may relay came through a service without our milter.
void no_milter(const SessionFacts& session, std::string_view server_address, std::string_view server_port);

void store_trouble(std::string_view what, std::string_view error);
void protocol_error(std::string_view socket, std::string_view error);
void config_loaded(std::string_view file, std::size_t domains);
void config_problem(std::string_view problem);
void config_kept();   // after problems: nothing has changed
void started(std::string_view version);
void stopped();

}  // namespace crmrelay::policy::log
