// SPDX-License-Identifier: BSD-2-Clause
//
// Reloads the configuration at SIGUSR1, in a thread of its own beside libmilter's, which waits for SIGTERM, SIGINT and SIGHUP. A broken
// file changes nothing.
#pragma once

#include <string>
#include <thread>

#include "conf/config.hh"
#include "milter/filter.hh"

namespace crmrelay::milter {

class Reloader {
public:
    // `first` is what serves now, read from `path`. SIGUSR1 must be blocked in all threads. Throws std::system_error.
    Reloader(std::string path, conf::Service first, Filter& filter);
    ~Reloader();

private:
    void wait(const std::stop_token& stop) const;
    void reload() const;

    const std::string path_;
    const conf::Service first_;
    Filter& filter_;
    std::jthread thread_;
};

}  // namespace crmrelay::milter
