// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the whole new snapshot, then swaps it in.
#include "milter/reloader.hh"

#include <signal.h>

#include <optional>
#include <variant>

#include "base/daemon.hh"
#include "conf/loader.hh"
#include "milter/guard.hh"
#include "milter/log.hh"

namespace crmrelay::milter {

namespace {

std::string text_of(const std::optional<base::Endpoint>& endpoint) { return endpoint ? endpoint->text() : ""; }

}  // namespace

Reloader::Reloader(std::string path, conf::Service first, Filter& filter)
    : path_(std::move(path)), first_(std::move(first)), filter_(filter), thread_([this](const std::stop_token& stop) { wait(stop); }) {}

Reloader::~Reloader() {
    thread_.request_stop();
    ::pthread_kill(thread_.native_handle(), SIGUSR1);
}

void Reloader::wait(const std::stop_token& stop) const {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (;;) {
        int signal = 0;
        if (::sigwait(&set, &signal) != 0) continue;
        if (stop.stop_requested()) return;
        guarded([this] { reload(); }, [](const char* why) { log::config_broken(why); });
    }
}

void Reloader::reload() const {
    const auto loaded = conf::load(path_);
    if (const auto* problems = std::get_if<conf::Problems>(&loaded)) {
        for (const auto& problem : *problems) log::config_broken(problem.message());
        if (filter_.metrics()) filter_.metrics()->broken_reloads.add();
        base::notify_reloading_done(false);
        return;
    }
    const auto& config = std::get<conf::Config>(loaded);
    auto settings = load_settings(config);
    for (const auto& problem : settings.problems) log::config_broken(problem);
    if (!settings.snapshot) {
        if (filter_.metrics()) filter_.metrics()->broken_reloads.add();
        base::notify_reloading_done(false);
        return;
    }
    filter_.replace(std::move(settings.snapshot));
    if (filter_.metrics()) filter_.metrics()->reloads.add();
    log::config_serves(path_, config.domains.size());
    if (config.service.milter.text() != first_.milter.text()) log::config_needs_restart("service.milter");
    if (config.service.admission.text() != first_.admission.text()) log::config_needs_restart("service.admission");
    if (text_of(config.service.metrics.milter) != text_of(first_.metrics.milter)) log::config_needs_restart("service.metrics.milter");
    base::notify_reloading_done(true);
}

}  // namespace crmrelay::milter
