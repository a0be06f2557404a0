// SPDX-License-Identifier: BSD-2-Clause
//
// What policyd counts. It is made by main before everything that counts into it, and outlives that.
#pragma once

#include <string>
#include <string_view>

#include "base/guarded.hh"
#include "base/metrics.hh"
#include "policy/decision.hh"
#include "policy/facts.hh"
#include "policy/spf_networks.hh"
#include "store/store.hh"
#include "store/write_meter.hh"

namespace crmrelay::policy {

class Metrics {
public:
    explicit Metrics(std::string_view version);

    // The names by which is counted from now on.
    void serve(const conf::Config& config);
    // What is read when somebody asks: suspensions, and how old the answers of SPF names are.
    void read(store::Store& store, SpfNetworks& networks);
    // An attempt to log in; `cause` is "" where it went well.
    void login(std::string_view cause);
    // The event loop runs: told by the loop itself, about once a second.
    void alive();

    // What is wrong now, for /healthz; "" where nothing is.
    std::string health(store::Store& store) const;

private:
    base::Metrics registry_;   // first: the others are its

public:
    base::CounterTable &relayed, &refused, &observed;
    base::Histogram &query, &admission;
    base::Gauge &policy_connections, &admission_connections;
    base::Counter &reloads, &broken_reloads;
    store::WriteMeter store;

    std::string text() const { return registry_.text(); }

private:
    base::CounterTable& logins_failed_;
    base::Counter& logins_;
    base::Guarded<std::vector<std::string>> domains_;
    std::atomic<std::int64_t> alive_at_;   // seconds of the steady clock
};

// One line for the log, and one more for the counters where there are some.
void tell_refused(Metrics* metrics, const SessionFacts& session, const Refusal& refusal, std::string_view queue_id, std::string_view sender, std::string_view recipient);

}  // namespace crmrelay::policy
