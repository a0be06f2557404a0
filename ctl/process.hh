// SPDX-License-Identifier: BSD-2-Clause
//
// Runs another program without a shell and takes what it says; or a piece of this one as another user.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctl/output.hh"

namespace crmrelay::ctl {

struct Ran {
    int status = 127;       // exit status; 127 where the program could not be started, 128 + n where signal n ended it
    std::string out, error; // at most kOutputCap octets each
};

constexpr std::size_t kOutputCap = 4 << 20;
constexpr int kRunSeconds = 30;

// `words[0]` is looked for in PATH and in the system directories; `input` is what it reads. A program that takes longer than kRunSeconds is ended.
Ran run(const std::vector<std::string>& words, const std::string& input = {});

// True where run() would find it.
bool is_installed(const std::string& program);

// What `look` finds in a child process that has become `user`; without root, in this one as the user it is. What it throws is a failure found.
Findings as_user(const std::string& user, const std::function<Findings()>& look);

}  // namespace crmrelay::ctl
