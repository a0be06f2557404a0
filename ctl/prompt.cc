// SPDX-License-Identifier: BSD-2-Clause
//
// Switches the terminal's echo off, and on again.
#include "ctl/prompt.hh"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace crmrelay::ctl {

namespace {

// No echo of what is typed, for as long as it lives.
class Silent {
public:
    Silent() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_set_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    Silent(const Silent&) = delete;
    ~Silent() {
        if (is_set_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    termios before_{};
    bool is_set_ = false;
};

}  // namespace

std::optional<std::string> read_password(std::size_t cap) {
    const bool terminal = ::isatty(STDIN_FILENO) != 0;
    const Silent silent;
    if (terminal) fmt::print(stderr, "password: ");
    std::string out;
    char c = 0;
    ssize_t count = 0;
    while (out.size() <= cap && ((count = ::read(STDIN_FILENO, &c, 1)) > 0 || (count < 0 && errno == EINTR))) {
        if (count < 0) continue;
        if (c == '\n') break;
        out += c;
    }
    if (terminal) fmt::print(stderr, "\n");
    if (out.ends_with('\r')) out.pop_back();
    if (out.empty()) return std::nullopt;
    return out;
}

}  // namespace crmrelay::ctl
