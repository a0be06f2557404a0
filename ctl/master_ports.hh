// SPDX-License-Identifier: BSD-2-Clause
//
// Where the services of master.cf listen, whatever names they have there: Postfix takes two lines of one port and address for one service, and the last
// of them wins. It changes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/config.hh"
#include "ctl/postfix_state.hh"

namespace crmrelay::ctl {

// master(5): "10587", "submission", "127.0.0.1:10587", "[::1]:smtp".
struct ListenAt {
    std::string host;   // without brackets, small letters; empty: all of inet_interfaces
    int port = 0;

    bool operator==(const ListenAt&) const = default;
};

// Nothing where the port has a name that neither known_tcp_ports nor services(5) knows.
std::optional<ListenAt> listen_at(const PostfixState& state, std::string_view name);

// Of an smtpd service that the plan calls `name`, by number or by name.
bool has_port(const PostfixState& state, std::string_view name, int port);

// An inet service that master_service_disable leaves alone.
bool is_active(const PostfixState& state, const MasterService& service);

// The service with crmrelay's milter at that port, where there is one.
const MasterService* ours_at(const conf::Config& config, const PostfixState& state, int port);

// Somebody else's service that stands where the service `name` of the plan is to listen; none: nullptr. `name` itself stands in the way where it is no smtpd.
const MasterService* holder_of(const conf::Config& config, const PostfixState& state, const std::string& name);

// Active inet services of one port and address, each pair in master.cf's order.
std::vector<std::pair<const MasterService*, const MasterService*>> doubled_services(const PostfixState& state);

}  // namespace crmrelay::ctl
