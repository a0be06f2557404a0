// SPDX-License-Identifier: BSD-2-Clause
//
// Names of ports are known_tcp_ports' first (postconf(5)), then services(5)'.
#include "ctl/master_ports.hh"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>

#include "base/text.hh"
#include "ctl/postfix_plan.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kLastPort = 65535;

std::string_view expanded(const PostfixState& state, const std::string& parameter) {
    const auto found = state.expanded.find(parameter);
    return found == state.expanded.end() ? std::string_view{} : std::string_view(found->second);
}

int number_of(std::string_view digits) {
    const auto number = base::parse_number(digits);
    return number && *number <= kLastPort ? static_cast<int>(*number) : 0;
}

// "smtp=25, smtps=submissions=465"; 0: not known.
int known_port(std::string_view known, std::string_view name) {
    for (const auto item : items_of(known)) {
        const auto parts = base::split(item, '=');
        if (std::find(parts.begin(), parts.end() - 1, name) != parts.end() - 1) return number_of(parts.back());
    }
    return 0;
}

int port_of(const PostfixState& state, std::string_view text) {
    if (base::parse_number(text)) return number_of(text);
    if (const int known = known_port(expanded(state, "known_tcp_ports"), text)) return known;
    const servent* const entry = ::getservbyname(std::string(text).c_str(), "tcp");
    return entry ? ntohs(static_cast<std::uint16_t>(entry->s_port)) : 0;
}

}  // namespace

std::optional<ListenAt> listen_at(const PostfixState& state, std::string_view name) {
    const auto colon = name.rfind(':');
    auto host = colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
    if (host.size() >= 2 && host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const int port = port_of(state, colon == std::string_view::npos ? name : name.substr(colon + 1));
    if (port == 0) return std::nullopt;
    return ListenAt{base::lower(host), port};
}

bool has_port(const PostfixState& state, std::string_view name, int port) {
    const auto at = listen_at(state, name);
    return at && at->port == port;
}

bool is_active(const PostfixState& state, const MasterService& service) {
    if (service.type != "inet") return false;
    for (auto item : items_of(expanded(state, "master_service_disable"))) {   // the first that fits decides
        const bool kept = item.starts_with('!');
        if (kept) item.remove_prefix(1);
        if (item == service.type || item == service.id()) return kept;
    }
    return true;
}

const MasterService* ours_at(const conf::Config& config, const PostfixState& state, int port) {
    for (const auto* const service : services_with_milter(config, state))
        if (has_port(state, service->name, port)) return service;
    return nullptr;
}

const MasterService* holder_of(const conf::Config& config, const PostfixState& state, const std::string& name) {
    const auto wanted = listen_at(state, name);
    if (!wanted) return nullptr;
    const auto* const present = state.service(name + "/inet");
    const auto ours = services_with_milter(config, state);
    for (const auto& service : state.services) {
        if (!is_active(state, service) || std::ranges::find(ours, &service) != ours.end()) continue;
        if (&service == present) {
            if (service.command != "smtpd") return present;
            continue;
        }
        // A line that is added listens on every address; one that stands there already, on its own.
        const auto at = listen_at(state, service.name);
        if (at && at->port == wanted->port && (!present || at->host == wanted->host)) return &service;
    }
    return nullptr;
}

std::vector<std::pair<const MasterService*, const MasterService*>> doubled_services(const PostfixState& state) {
    std::vector<std::pair<const MasterService*, const MasterService*>> out;
    for (auto one = state.services.begin(); one != state.services.end(); ++one) {
        const auto at = listen_at(state, one->name);
        if (!at || !is_active(state, *one)) continue;
        for (auto other = one + 1; other != state.services.end(); ++other)
            if (is_active(state, *other) && listen_at(state, other->name) == at) out.emplace_back(&*one, &*other);
    }
    return out;
}

}  // namespace crmrelay::ctl
