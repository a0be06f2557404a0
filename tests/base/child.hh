// SPDX-License-Identifier: BSD-2-Clause
//
// Runs a function in a child process, for what ends or changes the process; gives its exit status and what it printed.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include "base/fd.hh"

namespace crmrelay::base::tests {

struct Ended {
    int status;          // as exit(3) was told; 1000 + signal where a signal killed it
    std::string output;  // standard output and standard error
};

inline Ended in_child(const std::function<int()>& run) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child == 0) {
        ::alarm(20);  // a test that hangs fails instead
        ::close(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
        int status = 99;
        try {
            status = run();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s", error.what());
        }
        std::fflush(nullptr);
        ::_exit(status);
    }
    ::close(ends[1]);
    const Fd from(ends[0]);
    Ended ended{};
    std::array<char, 512> buffer;
    for (ssize_t n; (n = ::read(from.get(), buffer.data(), buffer.size())) > 0;) ended.output.append(buffer.data(), static_cast<std::size_t>(n));
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid");
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return ended;
}

}  // namespace crmrelay::base::tests
