// SPDX-License-Identifier: BSD-2-Clause
//
// Loads configurations from text and compares the problems that are wanted: all of them, in the order of their places.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "conf/loader.hh"
#include "tests/base/folder.hh"

namespace crmrelay::conf::tests {

using base::tests::Folder;

struct Want {
    int line;
    int column;
    const char* piece;
};

struct Case {
    std::string text;
    std::vector<Want> want_problems;
};

inline void check(const Folder& folder, const std::vector<Case>& cases) {
    for (const auto& c : cases) {
        const auto path = folder.write("crmrelay.toml", c.text);
        const auto loaded = load(path);
        BOOST_TEST_CONTEXT(c.text) {
            const auto* problems = std::get_if<Problems>(&loaded);
            BOOST_REQUIRE(problems != nullptr);
            for (const auto& problem : *problems) BOOST_TEST_INFO(problem.message());
            BOOST_REQUIRE(problems->size() == c.want_problems.size());
            for (std::size_t i = 0; i < problems->size(); ++i) {
                const auto& problem = (*problems)[i];
                BOOST_TEST_INFO(problem.message());
                BOOST_TEST((problem.file == path && problem.line == c.want_problems[i].line && problem.column == c.want_problems[i].column &&
                            problem.text.find(c.want_problems[i].piece) != std::string::npos));
            }
        }
    }
}

inline void check(const std::vector<Case>& cases) { check(Folder(), cases); }

inline Config load_text(const Folder& folder, const std::string& text) {
    auto loaded = load(folder.write("crmrelay.toml", text));
    BOOST_TEST_CONTEXT(text) {
        if (const auto* problems = std::get_if<Problems>(&loaded))
            for (const auto& problem : *problems) BOOST_ERROR(problem.message());
        BOOST_REQUIRE(std::holds_alternative<Config>(loaded));
    }
    return std::get<Config>(std::move(loaded));
}

inline Config load_text(const std::string& text) { return load_text(Folder(), text); }

// What a sound domain needs besides `require`.
inline const std::string kRest = "networks=[\"192.0.2.0/24\"]\nlogins=[\"crm\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";

// A sound domain after these lines of it, which begin at line 2; keys of its own may follow.
inline std::string domain(const std::string& first_lines) { return "[domain.\"e.com\"]\n" + first_lines + "\n" + kRest; }
inline std::string service(const std::string& lines) { return "[service]\n" + lines + "\n"; }

// Their texts in a row, for tables that want one string.
template <typename Items, typename Print>
std::string in_a_row(const Items& items, Print print) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : " ") + std::string(print(item));
    return out;
}

}  // namespace crmrelay::conf::tests
