// SPDX-License-Identifier: BSD-2-Clause
//
// Which values Postfix needs for a configuration: ours inserted into those that stand there; and how they look without ours again. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/config.hh"
#include "ctl/postfix_state.hh"

namespace crmrelay::ctl {

// One value of main.cf or one line of master.cf.
struct Change {
    enum class Kind {
        items,      // a list that holds `ours`
        milter,     // a list of milters that holds the service `ours[0]`
        policy,     // restrictions that ask the policy service `ours[0]`
        value,      // one value, ours instead of theirs
        service,    // a master.cf line of our own, with the milter `ours[0]`
        service_policy,   // somebody's master.cf line, whose -o smtpd_relay_restrictions or smtpd_recipient_restrictions ask `ours[0]`
        service_milter,   // somebody's master.cf line, whose -o smtpd_milters has `ours[0]`
    };
    Kind kind = Kind::items;
    std::string name;                     // parameter, or "10587/inet"
    std::optional<std::string> former;    // nothing: it was not there
    std::string value;
    std::vector<std::string> ours;

    bool in_master() const { return kind == Kind::service || kind == Kind::service_policy || kind == Kind::service_milter; }
    bool changes() const { return former != value; }
};

// Where Postfix reaches our sockets, as its own parameters write it.
struct Sockets {
    std::string milter, policy;   // "unix:crmrelay/policy.sock", "inet:127.0.0.1:8891"
    std::string bounce;           // "lmtp:unix:crmrelay/bounce.sock"
    std::string auth;             // "crmrelay/auth.sock", "inet:127.0.0.1:12345", as smtpd_sasl_path has it
};
Sockets sockets_for(const conf::Service& service, const std::string& queue_directory);

// A bounce domain and how Postfix is to treat it.
struct BounceDomain {
    enum class Class { dedicated, local, relay, virtual_mailbox, virtual_alias };
    std::string name;
    Class kind = Class::dedicated;
    std::vector<std::string> prefixes;    // each once; "" where the token stands alone

    bool has_mailboxes() const { return kind != Class::dedicated; }
    // The transport table's keys for it.
    std::vector<std::string> keys() const;
};
// Each domain of a return path once, in the order of their names.
std::vector<BounceDomain> bounce_domains(const conf::Config& config, const PostfixState& state);

struct Plan {
    std::vector<Change> changes;          // all that ours needs, whether it stands already or not
    std::vector<std::string> notes;       // what an administrator should know, a line each
};

// Everything but the place of the milter.
Plan plan_main(const conf::Config& config, const PostfixState& state);
// The milter in main.cf, for a CRM that shares a port; or a service of the CRM's own. That one takes crmrelay's logins, `keeps_logins` or not, unless main.cf has
// SASL of its own and crmrelay keeps no logins yet.
Plan plan_shared(const conf::Config& config, const PostfixState& state);
Plan plan_service(const conf::Config& config, const PostfixState& state, const std::string& name, bool keeps_logins);

// The smtpd services of master.cf whose own smtpd_milters have ours.
std::vector<const MasterService*> services_with_milter(const conf::Config& config, const PostfixState& state);

// A list of milters with ours at its end, as the plan would write it; it may stand elsewhere or not at all.
std::string with_milter_last(const std::string& value, const std::string& socket);

// Whether some domain knows a client certificate, by fingerprint or at all.
bool wants_fingerprints(const conf::Config& config);
bool wants_certificates(const conf::Config& config);

// What stands instead of `present` when ours is taken out of it again; nothing: the parameter or line goes. `change` is what was applied.
std::optional<std::string> reverted(const Change& change, const std::string& present);

}  // namespace crmrelay::ctl
