// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelay-policyd: wiring only. Options, configuration, sockets bound as root, then the run-time user, store, desk and servers.
#include <config.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/clock.hh"
#include "base/daemon.hh"
#include "base/log.hh"
#include "base/metrics_server.hh"
#include "base/watchdog.hh"
#include "conf/secrets.hh"
#include "policy/auth_desk.hh"
#include "policy/auth_server.hh"
#include "policy/desk.hh"
#include "policy/load_rules.hh"
#include "policy/log.hh"
#include "policy/metrics.hh"
#include "policy/server.hh"
#include "policy/spf_lookup.hh"

namespace {

using namespace crmrelay;

constexpr const char* kProgram = "crmrelay-policyd";
constexpr const char* kPostfixGroup = "postfix";
constexpr std::chrono::seconds kDrain{5};

int test(const std::string& file, const policy::RulesPtr& rules) {
    const auto& service = rules->config().service;
    base::become_user(service.user.policyd);
    if (const auto keys = conf::read_secret(service.keys); !keys) throw std::runtime_error(keys.error());
    if (const auto logins = policy::load_logins(service.logins); !logins) throw std::runtime_error(logins.error());
    store::Store(service.store, store::Open::create, {service.server, service.store_password, service.takeover_after}).check_writable();
    const auto domains = rules->config().domains.size();
    fmt::print("{}: fine, {} domain{}\n", file, domains, domains == 1 ? "" : "s");
    return 0;
}

// Nothing where it cannot be had and nobody can log in anyway: who keeps the CRM's logins in Dovecot or Cyrus has no use for it.
base::Fd auth_socket_for(const conf::Service& service, bool open_to_all) {
    try {
        return base::listen_on(service.auth, kPostfixGroup, open_to_all, service.user.policyd);
    } catch (const std::exception& e) {
        if (::access(service.logins.c_str(), F_OK) == 0) throw;
        policy::log::no_auth_socket(e.what());
        return {};
    }
}

// Whether the loop that serves every socket takes a turn.
bool turns(boost::asio::io_context& io) {
    const auto turn = std::make_shared<std::promise<void>>();
    boost::asio::post(io, [turn] { turn->set_value(); });
    return turn->get_future().wait_for(base::Watchdog::kAnswer) == std::future_status::ready;
}

// What is in progress is finished, for at most kDrain; then the loop stops.
void drain(boost::asio::io_context& io, policy::Desk& desk) {
    const auto deadline = std::chrono::steady_clock::now() + kDrain;
    while (desk.in_flight() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    io.stop();
}

int serve(const base::DaemonOptions& options, policy::RulesPtr rules) {
    const auto& service = rules->config().service;
    base::open_log({kProgram, service.syslog_path, options.foreground, options.verbose});
    const bool open_to_all = ::geteuid() != 0;
    auto policy_socket = base::listen_on(service.policy, kPostfixGroup, open_to_all, service.user.policyd);
    auto admission_socket = base::listen_on(service.admission, base::group_of(service.user.milter), false, service.user.policyd);
    auto auth_socket = auth_socket_for(service, open_to_all);
    base::Fd metrics_socket;
    if (service.metrics.policyd) metrics_socket = base::listen_for_metrics(*service.metrics.policyd);
    base::become_user(service.user.policyd);
    base::Background background(options.foreground);

    boost::asio::io_context io(1);   // before the store, which at its end answers what it still has into it
    policy::Metrics metrics(VERSION);
    metrics.serve(rules->config());
    store::Store store(service.store, store::Open::create, {service.server, service.store_password, service.takeover_after}, &metrics.store);
    policy::SpfNetworks networks(store, policy::query_spf(service.resolvers), base::now);
    networks.serve(rules->spf_names());
    policy::SpfLookup network_lookup(networks);
    policy::Desk desk(io, store, &network_lookup, rules, base::now, &metrics);
    policy::Server policy_server(io, std::move(policy_socket), policy::Server::Speaks::policy, desk, &metrics);
    policy::Server admission_server(io, std::move(admission_socket), policy::Server::Speaks::admission, desk, &metrics);
    policy::AuthDesk auth_desk(io, store, rules);
    auth_desk.tell([&](const policy::AuthAttempt& attempt, std::string_view cause, bool password) {
        metrics.login(cause);
        desk.heard_login(attempt.client, attempt.login, cause, password);
    });
    std::optional<policy::AuthServer> auth_server;
    if (auth_socket) auth_server.emplace(io, std::move(auth_socket), auth_desk);
    std::thread loop([&io] { io.run(); });
    metrics.read(store, networks);
    std::optional<base::MetricsServer> metrics_server;
    if (metrics_socket) metrics_server.emplace(std::move(metrics_socket), base::MetricsServer::Pages{[&] { return metrics.text(); }, [&] { return metrics.health(store); }});
    policy::log::started(VERSION);
    if (base::clock_offset() != 0) policy::log::clock_shifted(base::clock_offset());
    policy::log::config_loaded(options.config, rules->config().domains.size());
    background.ready();
    std::optional<base::Watchdog> watchdog(std::in_place, [&io] { return turns(io); });

    base::serve_signals(
        [&] {
            const auto fresh = policy::load_rules(options.config, policy::log::config_problem);
            if (fresh) {
                policy::warn_of_fixed_settings(rules->config().service, (*fresh)->config().service);
                metrics.serve((*fresh)->config());
                metrics.reloads.add();
                networks.serve((*fresh)->spf_names());
                desk.use(*fresh);
                auth_desk.use(*fresh);
                policy::log::config_loaded(options.config, (*fresh)->config().domains.size());
            } else {
                metrics.broken_reloads.add();
                policy::log::config_kept();
            }
            base::notify_reloading_done(fresh.has_value());
        },
        [&] { boost::asio::post(io, [&metrics] { metrics.alive(); }); });
    base::notify_stopping();
    watchdog.reset();
    boost::asio::post(io, [&] {
        policy_server.stop_accepting();
        admission_server.stop_accepting();
        if (auth_server) auth_server->stop_accepting();
    });
    drain(io, desk);
    loop.join();
    policy::log::stopped();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = base::parse_daemon_options(argc, argv, kProgram, CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml", VERSION, "configuration, keys, logins and store");
    try {
        base::prepare_process();
        const auto rules = policy::load_rules(options.config, [](const std::string& problem) { fmt::print(stderr, "{}\n", problem); });
        if (!rules) return 1;
        return options.test ? test(options.config, *rules) : serve(options, *rules);
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}: {}\n", kProgram, e.what());
        return 1;
    }
}
