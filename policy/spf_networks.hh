// SPDX-License-Identifier: BSD-2-Clause
//
// The networks that follow a CRM's SPF record ("spf:DOMAIN"): is this client in that network? It answers from memory at once, or after a look-up with
// a deadline on threads of its own; keeps answers in the store; probes each name for records that pass everyone; and writes to the log what changes.
//
// Use: SpfNetworks networks(store, query_spf(service.resolvers), base::now); networks.serve(names of all domains) at start and at each reload. For a
// client: known = at_once(name, client); where it is settled, that is the answer; else look_up(name, client, done). `in` and `out` are answers;
// `unknown` cannot be judged now (DEFER_IF_REJECT). Any thread may call; done is called once, on a thread of ours or within look_up itself, and
// must neither throw nor block: post it into your event loop. All done calls have returned when the destructor has.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/endpoint.hh"
#include "base/ip.hh"
#include "policy/spf_answers.hh"
#include "store/store.hh"

namespace crmrelay::policy {

// Asks what a name says of each of these clients; blocks within the budget. An answer a client, in their order.
using AskSpf = std::function<std::vector<SpfAnswer>(const std::vector<base::IpAddress>& clients, const std::string& name, const Budget& budget)>;

// The real one. Without resolvers those of /etc/resolv.conf.
AskSpf query_spf(std::vector<base::Endpoint> resolvers);

struct SpfOptions {
    std::chrono::milliseconds deadline{5000};        // what is not answered by then is unknown, or the last good answer
    std::chrono::milliseconds probe_budget{20000};   // of one name's probes
    std::chrono::milliseconds tick{1000};            // between two looks at what is due: probes, reminders, saving
    base::Seconds save_every = 10;
    int threads = 4;
    std::size_t most_waiting = 1000;                 // questions; further ones are answered at once, as if the deadline had passed
};

class SpfNetworks {
public:
    using Clock = std::function<base::Seconds()>;
    using Done = std::function<void(Standing)>;

    // Loads what the store has; a store that cannot be read is logged, and the start is with nothing.
    SpfNetworks(store::Store& store, AskSpf ask, Clock clock, SpfOptions options = {});
    ~SpfNetworks();   // gives running look-ups up, answers who waits, and saves

    // The names of the configuration, in any case. Those that are new are probed now.
    void serve(std::vector<std::string> names);

    SpfKnown at_once(const std::string& name, const base::IpAddress& client);
    void look_up(const std::string& name, const base::IpAddress& client, Done done);

    std::vector<store::SpfName> state();   // by name; what the store's spf_names() says some seconds later
    void save();                           // now, instead of within save_every

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::policy
