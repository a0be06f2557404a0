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

#include "base/daemon.hh"
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

// Who may write the store: one user for all daemons, or the group that theirs share.
std::string chown_store(const conf::Users& users, const std::string& directory) {
    const auto folder = shell_word(directory);
    if (users.policyd == users.bounced) return fmt::format("chown -R {0} {1} && chmod -R u+rwX {1}", users.policyd, folder);
    return fmt::format("chgrp -R crmrelay {0} && chmod -R g+rwX {0}", folder);
}

Findings look_at_store(const Scene& scene, const std::string& user) {
    const auto& tr = scene.tr;
    const auto& service = scene.config.service;
    const auto& url = service.store;
    constexpr std::string_view kScheme = "sqlite://";
    const auto path = url.starts_with(kScheme) ? url.substr(kScheme.size()) : std::string();
    if (const auto directory = directory_of(path); !path.empty() && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        if (::access(directory.c_str(), W_OK | X_OK) == 0)
            return {{Level::warn, tr("{path}: the store is not made yet: crmrelay-policyd makes it", "path"_a = path), scene.mend.start("crmrelay-policyd")}};
        return {{Level::fail, tr("{path}: user {user} cannot make the store there: {error}", "path"_a = directory, "user"_a = user, "error"_a = reason(errno)),
                 fmt::format("install -d -o {} -g crmrelay -m 2770 {}", user, shell_word(directory))}};
    }
    try {
        store::Store(url, store::Open::existing, {service.server, service.store_password, service.takeover_after}).check_writable();
    } catch (const std::exception& e) {
        return {{Level::fail, tr("store, as user {user}: {error}", "user"_a = user, "error"_a = e.what()),
                 path.empty() ? "" : chown_store(scene.config.service.user, directory_of(path))}};
    }
    return {{Level::ok, tr("store {url}: open and writable for {user}", "url"_a = url, "user"_a = user), ""}};
}

struct Socket {
    std::string key;                  // of [service]
    const base::Endpoint& endpoint;
    std::string server;               // who listens
    std::string user;                 // who connects
    std::string group;                // of its directory
};

Finding directory_finding(const Scene& scene, const Socket& socket, const std::string& directory, int error) {
    const auto folder = shell_word(directory);
    const auto mend = error == ENOENT ? fmt::format("install -d -o root -g {} -m 0750 {}", socket.group, folder)
                                      : fmt::format("chgrp {0} {1} && chmod g+rx {1}", socket.group, folder);
    return {Level::fail, scene.tr("[service] {key}: user {user} cannot reach {path}: {error}", "key"_a = socket.key, "user"_a = socket.user, "path"_a = directory, "error"_a = reason(error)), mend};
}

Finding connection_finding(const Scene& scene, const Socket& socket) {
    const auto& tr = scene.tr;
    const auto name = "socket"_a = fmt::format("[service] {} {}", socket.key, socket.endpoint.text());
    try {
        const auto connected = base::connect_to(socket.endpoint, kConnectSeconds);
        return {Level::ok, tr("{socket}: {server} answers user {user}", name, "server"_a = socket.server, "user"_a = socket.user), ""};
    } catch (const std::system_error& e) {
        if (e.code().value() == EACCES)
            return {Level::fail, tr("{socket}: user {user} may not connect", name, "user"_a = socket.user),
                    socket.endpoint.is_unix ? fmt::format("chgrp {0} {1} && chmod g+rw {1}", socket.group, shell_word(socket.endpoint.path)) : ""};
        return {Level::fail, tr("{socket}: nobody serves it: {error}", name, "error"_a = e.code().message()), scene.mend.start(socket.server)};
    }
}

Findings look_at_socket(const Scene& scene, const Socket& socket) {
    const auto& tr = scene.tr;
    if (!socket.endpoint.is_unix) {
        auto finding = connection_finding(scene, socket);
        if (finding.level == Level::fail) finding.level = Level::warn;   // as a socket file that is not there
        return {finding};
    }
    const auto& path = socket.endpoint.path;
    const auto directory = directory_of(path);
    if (::access(directory.c_str(), X_OK) != 0) return {directory_finding(scene, socket, directory, errno)};
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) {
        if (errno != ENOENT) return {directory_finding(scene, socket, directory, errno)};
        return {{Level::warn, tr("[service] {key} {socket}: {server} does not run", "key"_a = socket.key, "socket"_a = socket.endpoint.text(), "server"_a = socket.server),
                 scene.mend.start(socket.server)}};
    }
    if (!S_ISSOCK(st.st_mode)) return {{Level::fail, tr("[service] {key}: {path} is no socket", "key"_a = socket.key, "path"_a = path), "rm " + shell_word(path)}};
    return {connection_finding(scene, socket)};
}

// A chrooted service cannot reach what lies outside the queue directory.
Findings look_at_chroot(const Scene& scene, const Socket& socket, std::string_view command) {
    const auto& postfix = *scene.state;
    const auto& queue = postfix.expanded.at("queue_directory");
    if (!socket.endpoint.is_unix || socket.endpoint.path.starts_with(queue + "/")) return {};
    const auto chrooted =
        std::ranges::find_if(postfix.services, [&](const MasterService& service) { return service.chrooted && service.command == command; });
    if (chrooted == postfix.services.end()) return {};
    return {{Level::fail,
             scene.tr("[service] {key}: {path} lies outside {queue}, and {service} in master.cf runs chrooted there", "key"_a = socket.key, "path"_a = socket.endpoint.path,
                      "queue"_a = queue, "service"_a = chrooted->id()),
             scene.tr("set {line} under [service]", "line"_a = fmt::format("{0} = \"unix:{1}/crmrelay/{0}.sock\"", socket.key, queue))}};
}

// A secret that everybody may read is refused; one that its reader may not is of no use.
std::string mend_secret(const std::string& path, const std::string& user) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) return {};
    if ((st.st_mode & S_IRWXO) != 0) return "chmod o-rwx " + shell_word(path);
    return ::access(path.c_str(), R_OK) != 0 ? fmt::format("chgrp {0} {1} && chmod g+r {1}", user, shell_word(path)) : "";
}

Findings look_at_keys(const Scene& scene) {
    const auto& tr = scene.tr;
    const auto& service = scene.config.service;
    const auto keys = conf::load_keys(service.keys);
    if (keys)
        return {{Level::ok,
                 tr.plural("{path}: {count} return-path key, readable for {user}", "{path}: {count} return-path keys, readable for {user}", static_cast<long>(keys->size()),
                           "path"_a = service.keys, "user"_a = service.user.policyd),
                 ""}};
    const bool missing = ::access(service.keys.c_str(), F_OK) != 0 && errno == ENOENT;
    return {{Level::fail, tr("[service] keys, as user {user}: {error}", "user"_a = service.user.policyd, "error"_a = keys.error()),
             missing ? scene.mend.ctl("key rotate") : mend_secret(service.keys, service.user.policyd)}};
}

Findings look_at_logins(const Scene& scene) {
    const auto& tr = scene.tr;
    const auto& config = scene.config;
    const auto& service = config.service;
    if (::access(service.logins.c_str(), F_OK) != 0 && errno == ENOENT) return {};   // crmrelay keeps no logins
    const auto text = conf::read_secret(service.logins);
    if (!text)
        return {{Level::fail, tr("[service] logins, as user {user}: {error}", "user"_a = service.user.policyd, "error"_a = text.error()),
                 mend_secret(service.logins, service.user.policyd)}};
    const auto logins = policy::Logins::parse(*text, service.logins);
    if (!logins) return {{Level::fail, tr("[service] logins: {error}", "error"_a = logins.error()), ""}};
    Findings out{{Level::ok,
                  tr.plural("{path}: {count} login, readable for {user}", "{path}: {count} logins, readable for {user}", static_cast<long>(logins->all().size()),
                            "path"_a = service.logins, "user"_a = service.user.policyd),
                  ""}};
    for (const auto* login : logins->all())
        if (config.with_login(login->name).empty())
            out.push_back({Level::warn,
                           tr("{path}: no domain lists login {login}: it is refused until it stands in `logins` of one", "path"_a = service.logins, "login"_a = login->name),
                           scene.mend.ctl("login remove " + shell_word(login->name))});
    return out;
}

Findings look_at_webhooks(const Scene& scene) {
    const auto& tr = scene.tr;
    const auto& user = scene.config.service.user.bounced;
    Findings out;
    for (const auto& domain : scene.config.domains) {
        if (!domain.webhook) continue;
        const auto named = "domain"_a = domain.name;
        const auto reader = "user"_a = user;
        const auto secrets = report::load_webhook_secrets(*domain.webhook);
        if (!secrets)
            out.push_back({Level::fail, tr("webhook of {domain}, as user {user}: {error}", named, reader, "error"_a = secrets.error()),
                           mend_secret(domain.webhook->secret, user)});
        else if (const auto& ca = domain.webhook->ca; !ca.empty() && ::access(ca.c_str(), R_OK) != 0)
            out.push_back({Level::fail, tr("webhook of {domain}: ca, as user {user}: {path}: {error}", named, reader, "path"_a = ca, "error"_a = reason(errno)),
                           errno == EACCES ? "chmod a+r " + shell_word(ca) : ""});
        else
            out.push_back({Level::ok,
                           tr.plural("webhook of {domain}: {count} secret, readable for {user}", "webhook of {domain}: {count} secrets, readable for {user}",
                                     static_cast<long>(secrets->size()), named, reader),
                           ""});
        out.back().domain = domain.name;
    }
    return out;
}

}  // namespace

Findings check_secrets(const Scene& scene) {
    return as_user(scene.config.service.user.policyd, [&] {
        auto out = look_at_keys(scene);
        for (auto& finding : look_at_logins(scene)) out.push_back(std::move(finding));
        return out;
    });
}

Findings check_webhooks(const Scene& scene) {
    return as_user(scene.config.service.user.bounced, [&] { return look_at_webhooks(scene); });
}

Findings check_store(const Scene& scene) {
    Findings out;
    const auto& users = scene.config.service.user;
    for (const auto& user : std::set<std::string>{users.policyd, users.bounced})
        for (auto& finding : as_user(user, [&] { return look_at_store(scene, user); })) out.push_back(std::move(finding));
    return out;
}

Findings check_sockets(const Scene& scene) {
    const auto& service = scene.config.service;
    const auto client = postfix_user(scene.state ? &*scene.state : nullptr);
    std::vector<Socket> sockets = {
        {"policy", service.policy, "crmrelay-policyd", client.empty() ? service.user.policyd : client, "postfix"},
        {"milter", service.milter, "crmrelay-milter", client.empty() ? service.user.milter : client, "postfix"},
        {"bounce", service.bounce, "crmrelay-bounced", client.empty() ? service.user.bounced : client, "postfix"},
        {"admission", service.admission, "crmrelay-policyd", service.user.milter, base::group_of(service.user.milter)},
    };
    if (::access(service.logins.c_str(), F_OK) == 0)   // else the logins are Dovecot's or Cyrus's
        sockets.push_back({"auth", service.auth, "crmrelay-policyd", client.empty() ? service.user.policyd : client, "postfix"});
    Findings out;
    for (const auto& socket : sockets) {
        for (auto& finding : as_user(socket.user, [&] { return look_at_socket(scene, socket); })) out.push_back(std::move(finding));
        if (!scene.state || socket.key == "admission") continue;
        for (auto& finding : look_at_chroot(scene, socket, socket.key == "bounce" ? "lmtp" : "smtpd")) out.push_back(std::move(finding));
    }
    return out;
}

}  // namespace crmrelay::ctl
