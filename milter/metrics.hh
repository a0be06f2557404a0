// SPDX-License-Identifier: BSD-2-Clause
//
// What the milter counts. It is made by main before everything that counts into it, and outlives that.
#pragma once

#include <string>
#include <string_view>

#include "base/endpoint.hh"
#include "base/metrics.hh"

namespace crmrelay::milter {

class Metrics {
public:
    explicit Metrics(std::string_view version);

    // policyd could not be asked at this step: mail, data, message.
    void unavailable(std::string_view step);

private:
    base::Metrics registry_;   // first: the others are its

public:
    base::Histogram& message;
    base::Gauge& sessions;
    base::Counter &relayed, &refused, &deferred, &left_alone;
    base::Counter& signatures;
    base::Counter &reloads, &broken_reloads;

    std::string text() const { return registry_.text(); }

private:
    base::CounterTable& unavailable_;
};

// What is wrong now, for /healthz: whether policyd can be asked; "" where nothing is.
std::string health(const base::Endpoint& admission);

}  // namespace crmrelay::milter
