// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelay-milter: gathers facts of messages, asks policyd, applies the answer. This file only wires its parts together.
#include <config.h>
#include <fmt/format.h>
#include <signal.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <variant>

#include "base/daemon.hh"
#include "base/endpoint.hh"
#include "base/log.hh"
#include "base/metrics_server.hh"
#include "base/watchdog.hh"
#include "conf/loader.hh"
#include "milter/admission_client.hh"
#include "milter/callbacks.hh"
#include "milter/filter.hh"
#include "milter/guard.hh"
#include "milter/log.hh"
#include "milter/probe.hh"
#include "milter/reloader.hh"
#include "milter/snapshot.hh"

namespace {

using namespace crmrelay;

constexpr const char* kProgram = "crmrelay-milter";
constexpr std::chrono::seconds kDrainLimit{25};   // above every deadline of AdmissionClient

void block_hangup() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);   // libmilter's, as SIGTERM and SIGINT are
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int report(const conf::Problems& problems) {
    for (const auto& problem : problems) fmt::print(stderr, "{}: {}\n", kProgram, problem.message());
    return EXIT_FAILURE;
}

// Null where a DKIM key cannot be used, after saying which.
milter::Snapshot settings_of(const conf::Config& config) {
    auto loaded = milter::load_settings(config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}: {}\n", kProgram, problem);
    return std::move(loaded.snapshot);
}

int test(const std::string& file, const conf::Config& config) {
    base::become_user(config.service.user.milter);
    if (!settings_of(config)) return EXIT_FAILURE;
    const auto domains = config.domains.size();
    fmt::print("{}: fine, {} domain{}\n", file, domains, domains == 1 ? "" : "s");
    return EXIT_SUCCESS;
}

int run(const base::DaemonOptions& options, const conf::Config& config) {
    base::open_log({kProgram, config.service.syslog_path, options.foreground, options.verbose});
    ::openlog(kProgram, LOG_PID, LOG_MAIL);   // libmilter's own lines
    base::Fd listening = base::listen_on(config.service.milter, "postfix", ::geteuid() != 0, config.service.user.milter);
    base::Fd metrics_socket;
    if (config.service.metrics.milter) metrics_socket = base::listen_for_metrics(*config.service.metrics.milter);
    base::become_user(config.service.user.milter);
    auto settings = settings_of(config);
    if (!settings) return EXIT_FAILURE;
    base::Background background(options.foreground);

    milter::Metrics metrics(VERSION);
    std::optional<base::MetricsServer> metrics_server;
    if (metrics_socket)
        metrics_server.emplace(std::move(metrics_socket),
                               base::MetricsServer::Pages{[&metrics] { return metrics.text(); }, [at = config.service.admission] { return milter::health(at); }});
    milter::AdmissionClient policyd(config.service.admission);
    milter::Filter filter(policyd, std::move(settings), &metrics);
    milter::register_callbacks(filter, std::move(listening));
    std::size_t left = 0;
    {
        const milter::Reloader reloader(options.config, config.service, filter);
        milter::log::config_serves(options.config, config.domains.size());
        milter::log::serving(config.service.milter.text(), filter.instance());
        background.ready();
        const base::Watchdog watchdog([&config] { return milter::answers(config.service.milter, base::Watchdog::kAnswer); });
        milter::serve();
        base::notify_stopping();
        left = milter::drain(kDrainLimit);
    }
    milter::log::stopped(left);
    if (left > 0) std::_Exit(EXIT_SUCCESS);   // workers that hang still use what leaving would destroy
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = base::parse_daemon_options(argc, argv, kProgram, CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml", VERSION, "configuration and DKIM keys");
    base::prepare_process();
    block_hangup();
    return milter::guarded([&]() -> int {
        const auto loaded = conf::load(options.config);
        if (const auto* problems = std::get_if<conf::Problems>(&loaded)) return report(*problems);
        const auto& config = std::get<conf::Config>(loaded);
        return options.test ? test(options.config, config) : run(options, config);
    }, [](const char* why) {
        fmt::print(stderr, "{}: {}\n", kProgram, why);
        return EXIT_FAILURE;
    });
}
