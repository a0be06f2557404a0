// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl, the administrator's hand: finds the subcommand among the words and runs it. No logic.
#include <config.h>
#include <fmt/format.h>

#include <exception>

#include "base/text.hh"
#include "ctl/commands.hh"

namespace {

using namespace crmrelay;

void print_help() {
    fmt::print("usage: crmrelayctl [-c FILE] [--json] COMMAND [OPTIONS]\n\n");
    for (const auto& command : ctl::kCommands) fmt::print("  {:<9} {}\n", command.name, command.does);
    fmt::print("\n  -c FILE   the configuration, {} where not given\n  --json    for programs, with every listing\n\n"
               "crmrelayctl COMMAND --help tells a command's options. Exit status: 0 fine, 1 found something wrong, 2 usage.\n",
               CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml");
}

// Options may stand before the subcommand, too; -c takes the word after it.
int run(const ctl::Arguments& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "-h" || word == "--help") {
            print_help();
            return ctl::kFine;
        }
        if (word == "--version") {
            fmt::print("crmrelayctl {}\n", VERSION);
            return ctl::kFine;
        }
        if (word == "-c" || word == "--config") ++i;
        if (word.starts_with('-')) continue;
        const auto* const command = ctl::find_command(word);
        if (!command) {
            fmt::print(stderr, "crmrelayctl: there is no command \"{}\"; crmrelayctl --help lists them\n", base::neuter(word, 64));
            return ctl::kUsage;
        }
        auto rest = words;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        return command->run(rest);
    }
    fmt::print(stderr, "crmrelayctl: which command? crmrelayctl --help lists them\n");
    return ctl::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        fmt::print(stderr, "crmrelayctl: {}\n", base::neuter(e.what(), 2000));
        return ctl::kWrong;
    }
}
