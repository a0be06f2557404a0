// SPDX-License-Identifier: BSD-2-Clause
//
// A purge is queued to the store's writer, which does it in bounded steps between other writes.
#include "report/housekeeping.hh"

#include "base/daemon.hh"
#include "conf/loader.hh"
#include "report/log.hh"

namespace crmrelay::report {

namespace {

constexpr base::Seconds kPurgeEvery = 3600;
constexpr base::Seconds kDay = 86400;

std::string text_of(const std::optional<base::Endpoint>& endpoint) { return endpoint ? endpoint->text() : ""; }

// What is bound or opened once stays as it was.
void name_what_needs_a_restart(const conf::Service& was, const conf::Service& is) {
    if (was.bounce.text() != is.bounce.text()) log::restart_needed("service.bounce");
    if (text_of(was.metrics.bounced) != text_of(is.metrics.bounced)) log::restart_needed("service.metrics.bounced");
    if (was.store != is.store) log::restart_needed("service.store");
    if (was.store_password != is.store_password) log::restart_needed("service.store_password");
    if (was.server != is.server) log::restart_needed("service.server");
    if (was.takeover_after != is.takeover_after) log::restart_needed("service.takeover_after");
    if (was.syslog_path != is.syslog_path) log::restart_needed("service.syslog");
    if (was.user.bounced != is.user.bounced) log::restart_needed("service.user.bounced");
}

}  // namespace

bool reload(const std::string& path, Intake& intake, Metrics& metrics) {
    auto loaded = conf::load(path);
    if (const auto* problems = std::get_if<conf::Problems>(&loaded)) {
        for (const auto& problem : *problems) log::config_problem(problem.message());
        log::config_kept();
        metrics.broken_reloads.add();
        base::notify_reloading_done(false);
        return false;
    }
    const auto config = std::make_shared<const conf::Config>(std::move(std::get<conf::Config>(loaded)));
    auto receivers = load_receivers(*config);
    if (!receivers) {
        log::config_problem(receivers.error());
        log::config_kept();
        metrics.broken_reloads.add();
        base::notify_reloading_done(false);
        return false;
    }
    name_what_needs_a_restart(intake.mailboxes()->config().service, config->service);
    metrics.serve(*config);
    metrics.reloads.add();
    intake.use(std::make_shared<const Mailboxes>(config, std::move(*receivers)));
    log::config_serves(path, config->domains.size());
    base::notify_reloading_done(true);
    return true;
}

void Housekeeping::tick(base::Seconds now, int retain_days) {
    if (now < purge_at_) return;
    purge_at_ = now + kPurgeEvery;
    const auto before = now - retain_days * kDay;
    store_.purge(before, [before](const store::Outcome& outcome) {
        if (outcome.durable)
            log::purged(before);
        else
            log::store_trouble("purging old records", outcome.error);
    });
}

}  // namespace crmrelay::report
