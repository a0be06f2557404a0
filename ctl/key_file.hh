// SPDX-License-Identifier: BSD-2-Clause
//
// The file of return-path keys, seen as text: what it lists, and how it looks with a new first key. Secrets never leave it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace crmrelay::ctl {

struct KeyInfo {
    std::string id;        // two hexadecimal digits, as tokens carry it
    std::string comment;
    bool signs = false;    // the first does, all verify
};

base::Result<std::vector<KeyInfo>> list_keys(std::string_view text, const std::string& path);

// `text` with a line of `secret` in front.
std::string with_first_key(std::string_view text, std::string_view secret, base::Seconds now);

}  // namespace crmrelay::ctl
