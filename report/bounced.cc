// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelay-bounced: wiring. Options, configuration, socket, user, store, then the LMTP server and the outbox until SIGTERM.
#include <config.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/daemon.hh"
#include "base/log.hh"
#include "base/metrics_server.hh"
#include "base/watchdog.hh"
#include "bounce/lmtp_server.hh"
#include "conf/loader.hh"
#include "report/digests.hh"
#include "report/housekeeping.hh"
#include "report/intake.hh"
#include "report/log.hh"
#include "report/metrics.hh"
#include "report/outbox.hh"
#include "report/submit.hh"

namespace crmrelay::report {

namespace {

constexpr const char* kProgram = "crmrelay-bounced";
constexpr auto kOutboxAnswer = 3 * base::Watchdog::kAnswer;   // a step of it waits for the store several times, and a database that hangs is no reason to restart
constexpr const char* kSocketGroup = "postfix";   // Postfix's lmtp client

std::string host_name() {
    char name[256] = "localhost";
    ::gethostname(name, sizeof name - 1);
    return name;
}

Receivers receivers_of(const conf::Config& config) {
    auto receivers = load_receivers(config);
    if (!receivers) throw std::runtime_error(receivers.error());
    return std::move(*receivers);
}

int test(const conf::Config& config) {
    base::become_user(config.service.user.bounced);   // who is to open the store, and to own what SQLite puts beside it
    store::Store(config.service.store, store::Open::existing, {config.service.server, config.service.store_password, config.service.takeover_after}).check_writable();
    receivers_of(config);
    const auto domains = config.domains.size();
    fmt::print("{}: configuration and store are fine: {} domain{}, {}\n", kProgram, domains, domains == 1 ? "" : "s", config.service.store);
    return 0;
}

int serve(const base::DaemonOptions& options, conf::Config first) {
    const auto config = std::make_shared<const conf::Config>(std::move(first));
    const auto& service = config->service;
    base::open_log({kProgram, service.syslog_path, options.foreground, options.verbose});
    base::Fd listener = base::listen_on(service.bounce, kSocketGroup, ::geteuid() != 0, service.user.bounced);
    base::Fd metrics_socket;
    if (service.metrics.bounced) metrics_socket = base::listen_for_metrics(*service.metrics.bounced);
    base::become_user(service.user.bounced);
    base::Background background(options.foreground);

    Metrics metrics(VERSION);
    metrics.serve(*config);
    store::Store store(service.store, store::Open::create, {service.server, service.store_password, service.takeover_after}, &metrics.store);
    const auto submitter = make_smtp_submitter();
    const auto http = make_http_client();
    Intake* serving = nullptr;
    OutboxPorts ports{[&serving] { return serving->mailboxes(); }};
    ports.metrics = &metrics;
    Outbox outbox(store, *submitter, *http, std::move(ports));
    Intake intake(store, std::make_shared<const Mailboxes>(config, receivers_of(*config)), [&outbox] { outbox.settle(); }, [&outbox] { outbox.wake(); }, &metrics);
    serving = &intake;
    bounce::LmtpServer server(std::move(listener), intake, host_name());
    Housekeeping housekeeping(store);
    Digests digests(store, {[&intake] { return intake.mailboxes(); }, [&outbox] { outbox.wake(); }});
    metrics.read(store, [&server] { return server.connections(); });
    std::optional<base::MetricsServer> metrics_server;
    if (metrics_socket) metrics_server.emplace(std::move(metrics_socket), base::MetricsServer::Pages{[&] { return metrics.text(); }, [&] { return metrics.health(store); }});

    outbox.start();
    digests.start();
    server.start(static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2u, 4u)));
    log::config_serves(options.config, config->domains.size());
    background.ready();
    std::optional<base::Watchdog> watchdog(std::in_place, [&] { return server.answers(base::Watchdog::kAnswer) && outbox.answers(kOutboxAnswer); });
    base::serve_signals([&] { reload(options.config, intake, metrics); }, [&] { housekeeping.tick(base::now(), intake.mailboxes()->config().service.retain_days); });

    base::notify_stopping();
    watchdog.reset();
    server.stop();
    digests.stop();
    outbox.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = base::parse_daemon_options(argc, argv, kProgram, CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml", VERSION, "configuration, webhook secrets and store");
    try {
        base::prepare_process();
        auto loaded = conf::load(options.config);
        if (const auto* problems = std::get_if<conf::Problems>(&loaded)) {
            for (const auto& problem : *problems) fmt::print(stderr, "{}: {}\n", kProgram, problem.message());
            return 1;
        }
        auto& config = std::get<conf::Config>(loaded);
        return options.test ? test(config) : serve(options, std::move(config));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", kProgram, error.what());
        return 1;
    }
}

}  // namespace crmrelay::report

int main(int argc, char** argv) { return crmrelay::report::main(argc, argv); }
