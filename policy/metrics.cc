// SPDX-License-Identifier: BSD-2-Clause
//
// The names of what policyd counts. Reasons are those in the brackets of replies (policy/reply.hh), causes those of the log's auth-failed.
#include "policy/metrics.hh"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "policy/log.hh"

namespace crmrelay::policy {

namespace {

constexpr std::int64_t kLoopPatience = 10;   // seconds

const base::FixedLabel kReasons{"reason", {"network", "login", "tls", "certificate", "tenant", "dkim", "from", "limit", "suspended", "bounce-address", "unavailable", "other"}};
const std::vector<std::string> kCauses = {"malformed", "no-tls", "no-such-login", "wrong-password", "disabled", "no-domain", "other"};

std::int64_t steady_seconds() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Metrics::Metrics(std::string_view version)
    : relayed(registry_.table("crmrelay_messages_relayed_total", "Messages that were relayed, their records durable.", "domain")),
      refused(registry_.table("crmrelay_refusals_total", "Sessions and messages that were refused or put off, as the log's refused lines.", "domain", {kReasons})),
      observed(registry_.table("crmrelay_observed_total", "What enforce mode would have refused, of domains in observe mode.", "domain", {kReasons})),
      query(registry_.histogram("crmrelay_policy_query_duration_seconds", "Time from a policy request of Postfix to its answer.", base::latency_bounds())),
      admission(registry_.histogram("crmrelay_admission_duration_seconds", "Time from a message's question of the milter to its answer.", base::latency_bounds())),
      policy_connections(registry_.gauge("crmrelay_connections", "Open connections of a socket.", {{"socket", "policy"}})),
      admission_connections(registry_.gauge("crmrelay_connections", "", {{"socket", "admission"}})),
      reloads(registry_.counter("crmrelay_config_reloads_total", "Configurations that were read at SIGUSR1.", {{"result", "serving"}})),
      broken_reloads(registry_.counter("crmrelay_config_reloads_total", "", {{"result", "broken"}})),
      store(registry_),
      logins_failed_(registry_.table("crmrelay_auth_failures_total", "Attempts to log in that failed, by cause.", "cause")),
      logins_(registry_.counter("crmrelay_auth_successes_total", "Attempts to log in that went well.")),
      alive_at_(steady_seconds()) {
    base::describe_process(registry_, "crmrelay-policyd", version);
    logins_failed_.serve(kCauses);
}

void Metrics::serve(const conf::Config& config) {
    std::vector<std::string> names;
    for (const auto& domain : config.domains) names.push_back(domain.name);
    for (auto* table : {&relayed, &refused, &observed}) table->serve(names);
    std::vector<std::string> bounce_domains;
    for (const auto& domain : config.domains)
        if (domain.return_path) bounce_domains.push_back(domain.return_path->domain);
    refused.serve(bounce_domains);   // of which forged addresses are refused
    *domains_.lock() = std::move(names);
}

void Metrics::read(store::Store& from, SpfNetworks& networks) {
    registry_.reading("crmrelay_domain_suspended", "1 while the domain is suspended.", [this, &from] {
        std::map<std::string, bool> suspended;
        const auto now = base::now();
        for (const auto& standing : from.standings()) suspended[standing.domain] = standing.is_suspended(now);
        std::vector<base::Sample> out;
        for (const auto& name : *domains_.lock()) out.push_back({{{"domain", name}}, suspended[name] ? 1.0 : 0.0});
        return out;
    });
    registry_.reading("crmrelay_spf_network_age_seconds", "Since when an \"spf:\" network has had no good answer of DNS; +Inf where it never had one.", [&networks] {
        std::vector<base::Sample> out;
        const auto now = base::now();
        for (const auto& name : networks.state()) {
            const auto age = name.failing_since == 0 ? 0 : name.answered_at == 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(now - name.answered_at);
            out.push_back({{{"name", name.name}}, age});
        }
        return out;
    });
}

void Metrics::login(std::string_view cause) {
    if (cause.empty()) logins_.add();
    else logins_failed_.add(cause);
}

void Metrics::alive() { alive_at_ = steady_seconds(); }

std::string Metrics::health(store::Store& from) const {
    if (const auto silent = steady_seconds() - alive_at_; silent > kLoopPatience) return fmt::format("questions are not answered: the event loop has not run for {} s", silent);
    if (store.in_trouble) return "the store cannot be written: see the log";
    try {
        from.outbox_depth("");
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

void tell_refused(Metrics* metrics, const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient) {
    log::refused(session, refusal, queue_id, sender, recipient);
    if (metrics) (refusal.observed ? metrics->observed : metrics->refused).add(refusal.domain, {refusal.reason});
}

}  // namespace crmrelay::policy
