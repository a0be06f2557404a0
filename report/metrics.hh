// SPDX-License-Identifier: BSD-2-Clause
//
// What bounced counts. It is made by main before everything that counts into it, and outlives that.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/guarded.hh"
#include "base/metrics.hh"
#include "conf/config.hh"
#include "store/store.hh"
#include "store/write_meter.hh"

namespace crmrelay::report {

class Metrics {
public:
    explicit Metrics(std::string_view version);

    // The names by which is counted from now on.
    void serve(const conf::Config& config);
    // What is read when somebody asks: the outbox, and how many connections there are.
    void read(store::Store& store, std::function<std::size_t()> connections);

    // An event that is durable now; its document tells a bounce's reason and class.
    void happened(const store::Event& event);
    // What became of a row of the outbox.
    void told(std::string_view domain, store::Outgoing::Kind kind, store::Outgoing::State state);

    // What is wrong now, for /healthz; "" where nothing is.
    std::string health(store::Store& store) const;

private:
    base::Metrics registry_;   // first: the others are its

public:
    base::Histogram& delivery;
    base::Counter &reloads, &broken_reloads;
    store::WriteMeter store;

    std::string text() const { return registry_.text(); }

private:
    base::CounterTable &bounces_, &events_, &reports_;
    base::Guarded<std::vector<std::string>> targets_;   // that have a label of their own
};

}  // namespace crmrelay::report
