// SPDX-License-Identifier: BSD-2-Clause
//
// policyd's mail log: a function an event.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/decision.hh"
#include "policy/facts.hh"

namespace crmrelay::policy::log {

// Accepted at end of message, its record durable.
void relayed(const SessionFacts& session, const MessageFacts& message, const conf::Domain& domain, const MessageVerdict& verdict,
             std::string_view return_path);

// Refused, or (observe mode) what would have been.
void refused(const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient);

// A session that may relay came through a service without our milter.
void no_milter(const SessionFacts& session, std::string_view server_address, std::string_view server_port);

void store_trouble(std::string_view what, std::string_view error);
void protocol_error(std::string_view socket, std::string_view error);
void config_loaded(std::string_view file, std::size_t domains);
void config_problem(std::string_view problem);
void config_kept();   // after problems: nothing has changed

// Somebody could not log in, or (reason=network) will not get further; then how often that was so without a line of its own. `client` "": many others.
void auth_failed(std::string_view login, std::string_view client, std::string_view reason);
void auth_failed_more(std::string_view client, std::int64_t count);
void auth_trouble(std::string_view problem);
void no_auth_socket(std::string_view problem);
void logins_problem(std::string_view problem, bool former_serve);

void started(std::string_view version);
void stopped();

}  // namespace crmrelay::policy::log
