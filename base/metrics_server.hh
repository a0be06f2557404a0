// SPDX-License-Identifier: BSD-2-Clause
//
// Serves /metrics and /healthz by HTTP/1.1: GET and HEAD only, a request a connection. One thread of its own; however its clients behave, they cost a bounded
// number of descriptors and octets, and none of the program's other threads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/endpoint.hh"
#include "base/fd.hh"

namespace crmrelay::base {

// Throws std::runtime_error that names `[service] metrics` and the address.
Fd listen_for_metrics(const Endpoint& endpoint);

class MetricsServer {
public:
    // Called in the server's thread, one at a time, at most once a second each.
    struct Pages {
        std::function<std::string()> metrics;
        std::function<std::string()> health;   // "" where all is well; else a line that says what is not
    };

    MetricsServer(Fd listening, Pages pages);   // throws std::runtime_error
    ~MetricsServer();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::base
