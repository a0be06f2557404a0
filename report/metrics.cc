// SPDX-License-Identifier: BSD-2-Clause
//
// The names of what bounced counts. A bounce's reason and class are those of its event.
#include "report/metrics.hh"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "bounce/reason.hh"

namespace crmrelay::report {

namespace {

base::FixedLabel reasons() {
    base::FixedLabel out{"reason", {}};
    for (int i = 0; i < bounce::kReasonCount; ++i) out.values.emplace_back(bounce::name_of(static_cast<bounce::Reason>(i)));
    out.values.emplace_back("other");
    return out;
}

const base::FixedLabel kClasses{"class", {"hard", "soft", "policy", "other"}};
const base::FixedLabel kTypes{"type", {"bounce", "delay", "delivered", "complaint", "autoreply", "archive", "handback-failed", "forward-failed", "other"}};
const base::FixedLabel kKinds{"kind", {"handback", "forward", "notice", "webhook"}};
const base::FixedLabel kResults{"result", {"done", "postponed", "failed"}};

std::string_view result_of(store::Outgoing::State state) {
    using State = store::Outgoing::State;
    return state == State::queued || state == State::delivered ? "done" : state == State::pending ? "postponed" : "failed";
}

std::string word_of(const nlohmann::json& failure, const char* key) {
    const auto found = failure.find(key);
    return found != failure.end() && found->is_string() ? found->get<std::string>() : "other";
}

}  // namespace

Metrics::Metrics(std::string_view version)
    : delivery(registry_.histogram("crmrelay_lmtp_delivery_duration_seconds", "Time from the end of a message by LMTP to its answer.", base::latency_bounds())),
      reloads(registry_.counter("crmrelay_config_reloads_total", "Configurations that were read at SIGUSR1.", {{"result", "serving"}})),
      broken_reloads(registry_.counter("crmrelay_config_reloads_total", "", {{"result", "broken"}})),
      store(registry_),
      bounces_(registry_.table("crmrelay_bounces_total", "Failures of recipients, each counted once.", "domain", {reasons(), kClasses})),
      events_(registry_.table("crmrelay_events_total", "Events about relayed messages, by type.", "domain", {kTypes})),
      reports_(registry_.table("crmrelay_reports_total", "Hand-backs, forwards, notices and webhooks: done (Postfix or the receiver has it), postponed (an attempt failed), failed (a dead letter).",
                               "domain", {kKinds, kResults})) {
    base::describe_process(registry_, "crmrelay-bounced", version);
}

void Metrics::serve(const conf::Config& config) {
    std::vector<std::string> names, targets = {std::string(store::kMailTarget)};
    for (const auto& domain : config.domains) {
        names.push_back(domain.name);
        if (domain.webhook) targets.push_back(store::webhook_target(domain.name));
    }
    for (auto* table : {&bounces_, &events_, &reports_}) table->serve(names);
    *targets_.lock() = std::move(targets);
}

void Metrics::read(store::Store& from, std::function<std::size_t()> connections) {
    const auto loads = [this, &from](auto value) {
        return [this, &from, value] {
            std::map<std::string, store::TargetLoad> by_label;
            const auto known = *targets_.lock();
            for (const auto& name : known) by_label[name];
            for (const auto& load : from.outbox_load()) {
                auto& sum = by_label[std::ranges::find(known, load.target) != known.end() ? load.target : "other"];
                if (load.oldest != 0 && (sum.oldest == 0 || load.oldest < sum.oldest)) sum.oldest = load.oldest;
                sum.pending += load.pending;
                sum.failed += load.failed;
            }
            std::vector<base::Sample> out;
            for (const auto& [target, load] : by_label) out.push_back({{{"target", target}}, static_cast<double>(value(load))});
            return out;
        };
    };
    registry_.reading("crmrelay_outbox_depth", "Reports that still have to be told.", loads([](const store::TargetLoad& load) { return load.pending; }));
    registry_.reading("crmrelay_outbox_oldest_age_seconds", "Age of the oldest report that still has to be told; 0 where there is none.",
                      loads([](const store::TargetLoad& load) { return load.oldest == 0 ? 0 : std::max<base::Seconds>(0, base::now() - load.oldest); }));
    registry_.reading("crmrelay_dead_letters", "Reports that failed for good and wait for `crmrelayctl outbox`.", loads([](const store::TargetLoad& load) { return load.failed; }));
    registry_.reading("crmrelay_connections", "Open connections of a socket.",
                      [connections = std::move(connections)] { return std::vector<base::Sample>{{{{"socket", "bounce"}}, static_cast<double>(connections())}}; });
}

void Metrics::happened(const store::Event& event) {
    events_.add(event.domain, {event.type});
    if (event.type != "bounce") return;
    const auto document = nlohmann::json::parse(event.document, nullptr, false);
    const auto failure = document.is_object() ? document.value("failure", nlohmann::json::object()) : nlohmann::json::object();
    bounces_.add(event.domain, {word_of(failure, "reason"), word_of(failure, "class")});
}

void Metrics::told(std::string_view domain, store::Outgoing::Kind kind, store::Outgoing::State state) { reports_.add(domain, {name_of(kind), result_of(state)}); }

std::string Metrics::health(store::Store& from) const {
    if (store.in_trouble) return "the store cannot be written: see the log";
    try {
        from.outbox_depth("");
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace crmrelay::report
