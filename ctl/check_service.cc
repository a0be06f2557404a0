// SPDX-License-Identifier: BSD-2-Clause
//
// Secrets, store and sockets, looked at as the users that need them.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <vector>

#include "base/endpoint.hh"
#include "conf/secrets.hh"
#include "ctl/check_parts.hh"
#include "ctl/replace_file.hh"
#include "ctl/process.hh"
#include "policy/logins.hh"
#include "report/webhook.hh"
#include "store/store.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kConnectSeconds = 5;

std::string reason(int error) { return std::generic_category().message(error); }

// Postfix's own user, as its sockets are reached.
std::string postfix_user(const PostfixState* postfix) {
    if (!postfix) return {};
    const auto& owner = postfix->expanded.at("mail_owner");
    return owner.empty() ? "postfix" : owner;
}

Findings look_at_store(const conf::Service& service, const std::string& user) {
    const auto& url = service.store;
    constexpr std::string_view kScheme = "sqlite://";
    const auto path = url.starts_with(kScheme) ? url.substr(kScheme.size()) : std::string();
    if (const auto directory = directory_of(path); !path.empty() && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        if (::access(directory.c_str(), W_OK | X_OK) == 0)
            return {{Level::warn, fmt::format("{}: the store is not made yet", path), "start crmrelay-policyd: it makes the store"}};
        return {{Level::fail, fmt::format("{}: user {} cannot make the store there: {}", directory, user, reason(errno)),
                 fmt::format("install -d -o {} -g crmrelay -m 2770 {}", user, directory)}};
    }
    try {
        store::Store(url, store::Open::existing, {service.server, service.store_password, service.takeover_after}).check_writable();
    } catch (const std::exception& e) {
        return {{Level::fail, fmt::format("store, as user {}: {}", user, e.what()),
                 path.empty() ? "" : fmt::format("chgrp -R crmrelay {0}, chmod -R g+rw {0}", directory_of(path))}};
    }
    return {{Level::ok, fmt::format("store {}: open and writable for {}", url, user), ""}};
}

struct Socket {
    std::string key;                  // of [service]
    const base::Endpoint& endpoint;
    std::string server;               // who listens
    std::string user;                 // who connects
    std::string group;                // of its directory
};

Finding directory_finding(const Socket& socket, const std::string& directory, int error) {
    const auto mend = error == ENOENT ? fmt::format("install -d -o root -g {} -m 0750 {}", socket.group, directory)
                                      : fmt::format("chgrp {0} {1}, chmod g+rx {1}", socket.group, directory);
    return {Level::fail, fmt::format("[service] {}: user {} cannot reach {}: {}", socket.key, socket.user, directory, reason(error)), mend};
}

Finding connection_finding(const Socket& socket) {
    const auto name = fmt::format("[service] {} {}", socket.key, socket.endpoint.text());
    try {
        const auto connected = base::connect_to(socket.endpoint, kConnectSeconds);
        return {Level::ok, fmt::format("{}: {} answers user {}", name, socket.server, socket.user), ""};
    } catch (const std::system_error& e) {
        if (e.code().value() == EACCES)
            return {Level::fail, fmt::format("{}: user {} may not connect", name, socket.user),
                    fmt::format("adduser {} {}, or start {} as root: it sets the group", socket.user, socket.group, socket.server)};
        return {Level::fail, fmt::format("{}: nobody serves it: {}", name, e.code().message()), fmt::format("start {}", socket.server)};
    }
}

Findings look_at_socket(const Socket& socket) {
    if (!socket.endpoint.is_unix) {
        auto finding = connection_finding(socket);
        if (finding.level == Level::fail) finding.level = Level::warn;   // as a socket file that is not there
        return {finding};
    }
    const auto& path = socket.endpoint.path;
    const auto directory = directory_of(path);
    if (::access(directory.c_str(), X_OK) != 0) return {directory_finding(socket, directory, errno)};
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) {
        if (errno != ENOENT) return {directory_finding(socket, directory, errno)};
        return {{Level::warn, fmt::format("[service] {} {}: {} does not run", socket.key, socket.endpoint.text(), socket.server),
                 fmt::format("start {}", socket.server)}};
    }
    if (!S_ISSOCK(st.st_mode)) return {{Level::fail, fmt::format("[service] {}: {} is no socket", socket.key, path), fmt::format("rm {}", path)}};
    return {connection_finding(socket)};
}

// A chrooted service cannot reach what lies outside the queue directory.
Findings look_at_chroot(const Socket& socket, const PostfixState& postfix, std::string_view command) {
    const auto& queue = postfix.expanded.at("queue_directory");
    if (!socket.endpoint.is_unix || socket.endpoint.path.starts_with(queue + "/")) return {};
    const auto chrooted =
        std::ranges::find_if(postfix.services, [&](const MasterService& service) { return service.chrooted && service.command == command; });
    if (chrooted == postfix.services.end()) return {};
    return {{Level::fail,
             fmt::format("[service] {}: {} lies outside {}, and {} in master.cf runs chrooted there", socket.key, socket.endpoint.path, queue,
                         chrooted->id()),
             fmt::format("set {} = \"unix:{}/crmrelay/{}.sock\" under [service]", socket.key, queue, socket.key)}};
}

Findings look_at_keys(const conf::Service& service, const std::string& ctl) {
    const auto keys = conf::load_keys(service.keys);
    if (keys)
        return {{Level::ok,
                 fmt::format("{}: {} return-path key{}, readable for {}", service.keys, keys->size(), keys->size() == 1 ? "" : "s", service.user.policyd),
                 ""}};
    const bool missing = ::access(service.keys.c_str(), F_OK) != 0 && errno == ENOENT;
    return {{Level::fail, fmt::format("[service] keys, as user {}: {}", service.user.policyd, keys.error()), missing ? fmt::format("{} key rotate", ctl) : ""}};
}

Findings look_at_logins(const conf::Config& config) {
    const auto& service = config.service;
    if (::access(service.logins.c_str(), F_OK) != 0 && errno == ENOENT) return {};   // crmrelay keeps no logins
    const auto text = conf::read_secret(service.logins);
    if (!text) return {{Level::fail, fmt::format("[service] logins, as user {}: {}", service.user.policyd, text.error()), ""}};
    const auto logins = policy::Logins::parse(*text, service.logins);
    if (!logins) return {{Level::fail, fmt::format("[service] logins: {}", logins.error()), ""}};
    Findings out{{Level::ok, fmt::format("{}: {} login{}, readable for {}", service.logins, logins->all().size(), logins->all().size() == 1 ? "" : "s",
                                         service.user.policyd),
                  ""}};
    for (const auto* login : logins->all())
        if (config.with_login(login->name).empty())
            out.push_back({Level::warn, fmt::format("{}: no domain lists login {}: it is refused", service.logins, login->name),
                           fmt::format("add it to `logins` of a domain, or crmrelayctl login remove {}", login->name)});
    return out;
}

Findings look_at_webhooks(const conf::Config& config) {
    Findings out;
    for (const auto& domain : config.domains) {
        if (!domain.webhook) continue;
        const auto secrets = report::load_webhook_secrets(*domain.webhook);
        if (!secrets)
            out.push_back({Level::fail, fmt::format("webhook of {}, as user {}: {}", domain.name, config.service.user.bounced, secrets.error()), ""});
        else if (const auto& ca = domain.webhook->ca; !ca.empty() && ::access(ca.c_str(), R_OK) != 0)
            out.push_back({Level::fail, fmt::format("webhook of {}: ca, as user {}: {}: {}", domain.name, config.service.user.bounced, ca, reason(errno)), ""});
        else
            out.push_back({Level::ok, fmt::format("webhook of {}: {} secret{}, readable for {}", domain.name, secrets->size(), secrets->size() == 1 ? "" : "s", config.service.user.bounced), ""});
    }
    return out;
}

}  // namespace

Findings check_secrets(const conf::Config& config, const std::string& ctl) {
    return as_user(config.service.user.policyd, [&] {
        auto out = look_at_keys(config.service, ctl);
        for (auto& finding : look_at_logins(config)) out.push_back(std::move(finding));
        return out;
    });
}

Findings check_webhooks(const conf::Config& config) {
    return as_user(config.service.user.bounced, [&] { return look_at_webhooks(config); });
}

Findings check_store(const conf::Config& config) {
    Findings out;
    for (const auto& user : std::set<std::string>{config.service.user.policyd, config.service.user.bounced})
        for (auto& finding : as_user(user, [&] { return look_at_store(config.service, user); })) out.push_back(std::move(finding));
    return out;
}

Findings check_sockets(const conf::Config& config, const PostfixState* postfix) {
    const auto& service = config.service;
    const auto client = postfix_user(postfix);
    std::vector<Socket> sockets = {
        {"policy", service.policy, "crmrelay-policyd", client.empty() ? service.user.policyd : client, "postfix"},
        {"milter", service.milter, "crmrelay-milter", client.empty() ? service.user.milter : client, "postfix"},
        {"bounce", service.bounce, "crmrelay-bounced", client.empty() ? service.user.bounced : client, "postfix"},
        {"admission", service.admission, "crmrelay-policyd", service.user.milter, "crmrelay"},
    };
    if (::access(service.logins.c_str(), F_OK) == 0)   // else the logins are Dovecot's or Cyrus's
        sockets.push_back({"auth", service.auth, "crmrelay-policyd", client.empty() ? service.user.policyd : client, "postfix"});
    Findings out;
    for (const auto& socket : sockets) {
        for (auto& finding : as_user(socket.user, [&] { return look_at_socket(socket); })) out.push_back(std::move(finding));
        if (!postfix || socket.key == "admission") continue;
        for (auto& finding : look_at_chroot(socket, *postfix, socket.key == "bounce" ? "lmtp" : "smtpd")) out.push_back(std::move(finding));
    }
    return out;
}

}  // namespace crmrelay::ctl
