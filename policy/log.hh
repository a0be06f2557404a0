// SPDX-License-Identifier: BSD-2-Clause
//
// policyd's mail log: a function an event.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/decision.hh"
#include "policy/facts.hh"
#include "store/records.hh"

namespace crmrelay::policy::log {

// Accepted at end of message, its record durable.
void relayed(const SessionFacts& session, const MessageFacts& message, const conf::Domain& domain, const MessageVerdict& verdict,
             std::string_view return_path);

// Refused, or (observe mode) what would have been.
void refused(const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient);

// A session that may relay came through a service without our milter.
void no_milter(const SessionFacts& session, std::string_view server_address, std::string_view server_port);

// A failure that counts, and what the domains' standings come to. `by`: strikes, administrator or midnight.
void strike(const store::Standing& standing, const conf::Domain& domain, std::string_view proof);
void suspended(const store::Standing& standing, const conf::Domain& domain);
void resumed(std::string_view domain, std::string_view by);
// A From domain that no entry speaks for came from a session of this domain's own.
void unconfigured(std::string_view domain, std::string_view from_domain);
// A session from this domain's networks ended before MAIL.
struct EndedEarly {
    std::string_view domain, probable, login, reason;
    const SessionFacts& session;
    int greetings = 0;
};
void ended_early(const EndedEarly& ended);

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

void clock_shifted(std::int64_t seconds);   // CRMRELAY_CLOCK_OFFSET is set
void started(std::string_view version);
void stopped();

}  // namespace crmrelay::policy::log
