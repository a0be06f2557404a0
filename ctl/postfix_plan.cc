// SPDX-License-Identifier: BSD-2-Clause
//
// Makes the plan, a parameter at a time.
#include "ctl/postfix_plan.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hh"
#include "ctl/master_ports.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

using Kind = Change::Kind;

constexpr int kImplicitPort = 465;   // TLS from the first octet on (RFC 8314, 3.3)
constexpr const char* kWrapperMode = "smtpd_tls_wrappermode";

bool is_yes(const PostfixState& state, const std::string& parameter) {
    const auto found = state.expanded.find(parameter);
    return found != state.expanded.end() && found->second == "yes";
}

// What ours is inserted into: the value as it was written; of a default that hangs on compatibility_level, what it comes to.
const std::string& base_of(const PostfixState& state, const std::string& name) {
    const auto& value = state.values.at(name);
    return !state.set.at(name) && value.starts_with("${{") ? state.expanded.at(name) : value;
}

std::optional<std::string> former_of(const PostfixState& state, const std::string& name) {
    if (!state.set.at(name)) return std::nullopt;
    return state.values.at(name);
}

Change list_change(const PostfixState& state, const std::string& name, std::vector<std::string> items) {
    auto value = base_of(state, name);
    for (const auto& item : items) value = with_item(value, item);
    return {Kind::items, name, former_of(state, name), std::move(value), std::move(items)};
}

// A value that Postfix's default has already changes nothing.
Change value_change(const PostfixState& state, const std::string& name, const std::string& value) {
    auto former = former_of(state, name);
    if (!former && state.expanded.at(name) == value) former = value;
    return {Kind::value, name, std::move(former), value, {}};
}

bool lists(const PostfixState& state, const std::string& parameter, const std::string& domain) {
    return std::ranges::any_of(items_of(state.expanded.at(parameter)), [&](std::string_view item) { return base::iequals(item, domain); });
}

std::string inline_map(const std::string& key, std::string_view value) { return fmt::format("inline:{{{}={}}}", key, value); }

std::string inet_socket(const base::Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return fmt::format("inet:{}{}{}:{}", v6 ? "[" : "", endpoint.host, v6 ? "]" : "", endpoint.port);
}

std::string socket_for(const base::Endpoint& endpoint, const std::string& queue_directory) {
    if (!endpoint.is_unix) return inet_socket(endpoint);
    const auto within = queue_directory + "/";
    return "unix:" + (endpoint.path.starts_with(within) ? endpoint.path.substr(within.size()) : endpoint.path);
}

BounceDomain::Class class_of(const PostfixState& state, const std::string& domain) {
    using Class = BounceDomain::Class;
    if (lists(state, "mydestination", domain)) return Class::local;
    if (lists(state, "virtual_mailbox_domains", domain)) return Class::virtual_mailbox;
    if (lists(state, "virtual_alias_domains", domain)) return Class::virtual_alias;
    // One that we made a relay domain ourselves has a transport of ours.
    const bool made = std::ranges::any_of(items_of(state.values.at("transport_maps")), [&](std::string_view item) {
        return std::ranges::any_of(inline_entries(item), [&](const auto& entry) { return base::iequals(entry.first, domain) && entry.second.starts_with("lmtp:"); });
    });
    return lists(state, "relay_domains", domain) && !made ? Class::relay : Class::dedicated;
}

// The map that says which addresses of a domain with mailboxes exist; "" where Postfix asks none.
std::string recipient_map_of(const PostfixState& state, BounceDomain::Class kind) {
    using Class = BounceDomain::Class;
    switch (kind) {
        case Class::local: return state.expanded.at("local_recipient_maps").empty() ? "" : "local_recipient_maps";
        case Class::virtual_mailbox: return "virtual_mailbox_maps";
        case Class::dedicated:
        case Class::relay: return state.expanded.at("relay_recipient_maps").empty() ? "" : "relay_recipient_maps";
        case Class::virtual_alias: break;
    }
    return {};
}

std::vector<Change> recipient_maps(const std::vector<BounceDomain>& domains, const PostfixState& state) {
    std::map<std::string, std::vector<std::string>> items;
    for (const auto& domain : domains) {
        const auto parameter = recipient_map_of(state, domain.kind);
        if (parameter.empty()) continue;
        if (!domain.has_mailboxes()) items[parameter].push_back(inline_map("@" + domain.name, "x"));
        else for (const auto& key : domain.keys()) items[parameter].push_back(inline_map(key, "x"));
    }
    std::vector<Change> out;
    for (auto& [parameter, maps] : items) out.push_back(list_change(state, parameter, std::move(maps)));
    return out;
}

// recipient_delimiter with the last letter of every prefix before a mailbox domain's tokens.
std::optional<Change> delimiter_change(const std::vector<BounceDomain>& domains, const PostfixState& state) {
    const auto& present = base_of(state, "recipient_delimiter");
    auto value = present;
    bool wanted = false;
    for (const auto& domain : domains)
        for (const auto& prefix : domain.prefixes)
            if (domain.has_mailboxes() && !prefix.empty()) {
                wanted = true;
                if (value.find(prefix.back()) == std::string::npos) value += prefix.back();
            }
    if (!wanted) return std::nullopt;
    auto former = former_of(state, "recipient_delimiter");
    if (!former && value == present) former = value;   // Postfix's default has it
    return Change{Kind::value, "recipient_delimiter", std::move(former), value, {}};
}

// The domain whose 2bounce@ takes Postfix's double-bounce notices: one without mailboxes, where there is one.
const BounceDomain& notice_domain(const std::vector<BounceDomain>& domains) {
    const auto found = std::ranges::find_if(domains, [](const BounceDomain& domain) { return !domain.has_mailboxes(); });
    return found == domains.end() ? domains.front() : *found;
}

void plan_bounces(Plan& plan, const std::vector<BounceDomain>& domains, const Sockets& sockets, const PostfixState& state) {
    std::vector<std::string> relay, transport;
    for (const auto& domain : domains) {
        if (!domain.has_mailboxes()) relay.push_back(domain.name);
        for (const auto& key : domain.keys()) transport.push_back(inline_map(key, sockets.bounce));
        if (domain.kind == BounceDomain::Class::virtual_alias)
            plan.notes.push_back(fmt::format(
                "{} stands in virtual_alias_domains, where Postfix takes no address without an alias: give return_path a domain of its own",
                domain.name));
    }
    const auto& notice = notice_domain(domains);
    const auto recipient = "2bounce@" + notice.name;
    if (notice.has_mailboxes()) transport.push_back(inline_map(recipient, sockets.bounce));
    if (!relay.empty()) plan.changes.push_back(list_change(state, "relay_domains", relay));
    for (auto& change : recipient_maps(domains, state)) plan.changes.push_back(std::move(change));
    plan.changes.push_back(list_change(state, "transport_maps", transport));
    if (auto delimiter = delimiter_change(domains, state)) plan.changes.push_back(std::move(*delimiter));
    plan.changes.push_back(list_change(state, "notify_classes", {"2bounce"}));
    plan.changes.push_back({Kind::value, "2bounce_notice_recipient", former_of(state, "2bounce_notice_recipient"), recipient, {}});
}

// A service with restrictions of its own, as submission and submissions often have, does not look at main.cf's.
std::optional<Change> service_restrictions(const MasterService& service, const Sockets& sockets) {
    if (service.command != "smtpd") return std::nullopt;
    auto line = service.line;
    bool needed = false;
    const auto amend = [&](const char* name, bool (*concerned)(std::string_view, std::string_view), std::string (*with)(std::string_view, std::string_view)) {
        const auto option = service.options.find(name);
        if (option == service.options.end() || !concerned(option->second, sockets.policy)) return;
        needed = true;
        if (const auto amended = with(option->second, sockets.policy); amended != option->second) line = with_option(line, name, amended);
    };
    amend("smtpd_relay_restrictions", [](std::string_view, std::string_view) { return true; }, with_service_restrictions);
    amend("smtpd_recipient_restrictions",
          [](std::string_view value, std::string_view socket) { return !recipient_restrictions_fine(value, socket) || has_service(value, socket); },
          with_recipient_restrictions);
    if (!needed) return std::nullopt;
    return Change{Kind::service_policy, service.id(), service.line, std::move(line), {sockets.policy}};
}

void plan_restrictions(Plan& plan, const Sockets& sockets, const PostfixState& state) {
    const std::string relay = "smtpd_relay_restrictions", recipient = "smtpd_recipient_restrictions";
    const auto value = with_relay_restrictions(base_of(state, relay), sockets.policy);
    plan.changes.push_back({Kind::policy, relay, former_of(state, relay), value, {sockets.policy}});
    for (const auto& skipped : skipped_restrictions(value))
        plan.notes.push_back(fmt::format("{} in {} is no longer asked for mail to your own recipients: move it to {}", skipped, relay, recipient));
    if (const auto& present = base_of(state, recipient); !recipient_restrictions_fine(present, sockets.policy) || has_service(present, sockets.policy))
        plan.changes.push_back(
            {Kind::policy, recipient, former_of(state, recipient), with_recipient_restrictions(present, sockets.policy), {sockets.policy}});
    for (const auto& service : state.services)
        if (auto change = service_restrictions(service, sockets)) plan.changes.push_back(std::move(*change));
}

std::string milter_item(const std::string& socket) {
    return fmt::format("{{ {}, default_action=tempfail, connect_timeout=5s, command_timeout=30s }}", socket);
}

std::string with_milter(const std::string& value, const std::string& socket) {
    return has_service(value, socket) ? value : with_item(value, milter_item(socket));
}

}  // namespace

std::vector<std::string> BounceDomain::keys() const {
    if (!has_mailboxes()) return {name};
    std::vector<std::string> out;
    for (const auto& prefix : prefixes) out.push_back(prefix.empty() ? name : fmt::format("{}@{}", prefix.substr(0, prefix.size() - 1), name));
    return out;
}

Sockets sockets_for(const conf::Service& service, const std::string& queue_directory) {
    const auto lmtp =
        service.bounce.is_unix ? socket_for(service.bounce, queue_directory) : fmt::format("inet:[{}]:{}", service.bounce.host, service.bounce.port);
    auto auth = socket_for(service.auth, queue_directory);
    if (service.auth.is_unix) auth.erase(0, auth.find(':') + 1);
    return {socket_for(service.milter, queue_directory), socket_for(service.policy, queue_directory), "lmtp:" + lmtp, std::move(auth)};
}

std::vector<BounceDomain> bounce_domains(const conf::Config& config, const PostfixState& state) {
    std::map<std::string, std::set<std::string>> prefixes;
    for (const auto& domain : config.domains)
        if (domain.return_path) prefixes[domain.return_path->domain].insert(domain.return_path->prefix);
    std::vector<BounceDomain> out;
    for (const auto& [name, all] : prefixes) {
        const auto kind = all.contains("") ? BounceDomain::Class::dedicated : class_of(state, name);
        out.push_back({name, kind, {all.begin(), all.end()}});
    }
    return out;
}

std::vector<const MasterService*> services_with_milter(const conf::Config& config, const PostfixState& state) {
    const auto socket = sockets_for(config.service, state.expanded.at("queue_directory")).milter;
    std::vector<const MasterService*> out;
    for (const auto& service : state.services)
        if (const auto option = service.options.find("smtpd_milters"); service.command == "smtpd" && service.type == "inet" && option != service.options.end() && has_service(option->second, socket))
            out.push_back(&service);
    return out;
}

std::string with_milter_last(const std::string& value, const std::string& socket) { return with_milter(without_service(value, socket), socket); }

bool wants_fingerprints(const conf::Config& config) {
    return std::ranges::any_of(config.domains, [](const conf::Domain& domain) {
        return std::ranges::any_of(domain.certificates, [](const auto& certificate) { return certificate.by == conf::Certificate::By::fingerprint; });
    });
}

bool wants_certificates(const conf::Config& config) {
    return std::ranges::any_of(config.domains, [](const conf::Domain& domain) { return !domain.certificates.empty(); });
}

Plan plan_main(const conf::Config& config, const PostfixState& state) {
    Plan out;
    const auto sockets = sockets_for(config.service, state.expanded.at("queue_directory"));
    plan_restrictions(out, sockets, state);
    if (wants_fingerprints(config)) out.changes.push_back(value_change(state, "smtpd_tls_fingerprint_digest", "sha256"));
    if (const auto domains = bounce_domains(config, state); !domains.empty()) plan_bounces(out, domains, sockets, state);
    for (const auto& domain : bounce_domains(config, state))
        if (!domain.has_mailboxes() && class_of(state, domain.name) != BounceDomain::Class::dedicated &&
            class_of(state, domain.name) != BounceDomain::Class::relay)
            out.notes.push_back(
                fmt::format("{} is a domain with mailboxes here, and return_path takes every address of it: write \"bounce+{{token}}@{}\"",
                            domain.name, domain.name));
    return out;
}

Plan plan_shared(const conf::Config& config, const PostfixState& state) {
    Plan out;
    const auto socket = sockets_for(config.service, state.expanded.at("queue_directory")).milter;
    out.changes.push_back(
        {Kind::milter, "smtpd_milters", former_of(state, "smtpd_milters"), with_milter(base_of(state, "smtpd_milters"), socket), {socket}});
    if (wants_certificates(config)) out.changes.push_back(value_change(state, "smtpd_tls_ask_ccert", "yes"));
    for (const auto& service : state.services)
        if (const auto option = service.options.find("smtpd_milters"); option != service.options.end() && !has_service(option->second, socket))
            out.notes.push_back(fmt::format("{} in master.cf has smtpd_milters of its own, without crmrelay: nothing is relayed there", service.id()));
    return out;
}

Plan plan_service(const conf::Config& config, const PostfixState& state, const std::string& name, bool keeps_logins) {
    Plan out;
    const auto sockets = sockets_for(config.service, state.expanded.at("queue_directory"));
    const auto& socket = sockets.milter;
    const auto id = name + "/inet";
    const bool implicit = has_port(state, name, kImplicitPort) && !is_yes(state, kWrapperMode);
    if (const auto* const present = state.service(id)) {
        const auto option = present->options.find("smtpd_milters");
        const auto& milters = option != present->options.end() ? option->second : base_of(state, "smtpd_milters");
        auto line = has_service(milters, socket) ? present->line : with_option(present->line, "smtpd_milters", with_milter(milters, socket));
        if (implicit && !present->options.contains(kWrapperMode)) line = with_option(line, kWrapperMode, "yes");
        out.changes.push_back({Kind::service_milter, id, present->line, line, {socket}});
        return out;
    }
    const auto* const smtp = state.service("smtp/inet");
    auto line = fmt::format("{} inet n - {} - - smtpd -o syslog_name=postfix/crmrelay -o smtpd_tls_security_level=encrypt -o smtpd_tls_ask_ccert=yes "
                            "-o smtpd_sasl_auth_enable=yes", name, smtp && !smtp->chrooted ? 'n' : 'y');
    if (implicit) line = with_option(line, kWrapperMode, "yes");
    if (keeps_logins || state.expanded.at("smtpd_sasl_auth_enable") != "yes")
        line += fmt::format(" -o smtpd_sasl_type=dovecot -o smtpd_sasl_path={}", sockets.auth);
    else
        out.notes.emplace_back("main.cf has SASL of its own, and crmrelay keeps no logins: this service takes the logins that main.cf's does. For crmrelay's, run `crmrelayctl login add` first");
    out.changes.push_back(
        {Kind::service, id, std::nullopt, with_option(line, "smtpd_milters", with_milter(base_of(state, "smtpd_milters"), socket)), {socket}});
    return out;
}

}  // namespace crmrelay::ctl
