// SPDX-License-Identifier: BSD-2-Clause
//
// Reads crmrelay.toml and domains.d/*.toml beside it into a Config, or says everything that is wrong with them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "conf/config.hh"

namespace crmrelay::conf {

struct Problem {
    std::string file;
    int line = 0;       // 1-based; 0 where the file as a whole is meant
    int column = 0;
    std::string text;   // what is wrong and what to do

    std::string message() const;   // "FILE:LINE:COLUMN: text"
};

using Problems = std::vector<Problem>;

// The configuration, or every schema error of all files; a syntax error stops its file. Secrets are not opened here.
std::variant<Config, Problems> load(const std::string& path);

// Fills by_name, by_suffix and by_login from the domains; for configurations made in memory.
void build_lookups(Config& config);

}  // namespace crmrelay::conf
