// SPDX-License-Identifier: BSD-2-Clause
//
// What the three daemons do alike as processes: their options, dropping root, signals, readiness, going to the background.
#pragma once

#include <functional>
#include <string>

#include "base/fd.hh"

namespace crmrelay::base {

struct DaemonOptions {
    std::string config;          // -c FILE, made absolute
    bool test = false;           // -t
    bool foreground = false;     // -f
    bool verbose = false;        // -v
};

// Reads argv; prints help or the version and leaves with 0, or a usage error and leaves with 2. `tested`: what this daemon's -t looks at.
DaemonOptions parse_daemon_options(int argc, char** argv, const char* program, const char* default_config, const char* version, const char* tested);

// Becomes `user` with its groups, where the process is root; without root `user` must be the user it already is.
// Throws std::runtime_error naming the user.
void become_user(const std::string& user);

// The name of the primary group of `user`; "" where there is no such user.
std::string group_of(const std::string& user);

// Blocks the signals that a daemon waits for, in this thread and all that it starts later: call it before any thread starts.
// Also ignores SIGPIPE and sets umask 0007.
void prepare_process();

// Waits for signals in its caller's thread: calls `reload` at SIGUSR1, `tick` about once a second (0 signals), and returns at SIGTERM or SIGINT.
void serve_signals(const std::function<void()>& reload, const std::function<void()>& tick);

// Detaches from the terminal unless -f was given or a service manager started us (NOTIFY_SOCKET): the parent waits until
// ready() and leaves with 0, or with 1 where the child died before. Call before any thread starts.
class Background {
public:
    explicit Background(bool stay_in_foreground);
    void ready();   // also tells the service manager READY=1

private:
    Fd pipe_;
};

void notify_reloading_done(bool ok);
void notify_stopping();

}  // namespace crmrelay::base
