// SPDX-License-Identifier: BSD-2-Clause
//
// The bridge to libmilter: registers the callbacks and runs them over a Filter. The only room's file that libmilter calls.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/fd.hh"
#include "milter/filter.hh"

namespace crmrelay::milter {

// Registers with libmilter, which then serves the listening socket. Once a process; libmilter calls back into `filter` until it ends.
// Throws std::runtime_error.
void register_callbacks(Filter& filter, base::Fd listening);

// Runs libmilter until SIGTERM, SIGINT or SIGHUP; it has a thread of its own for them. Throws std::runtime_error where it fails.
void serve();

// libmilter's workers are detached: waits until none of them is in a callback and their answers are out, and returns how many
// are left after `limit`.
std::size_t drain(std::chrono::seconds limit);

}  // namespace crmrelay::milter
