// SPDX-License-Identifier: BSD-2-Clause
//
// A subcommand's options: declared by where their values go, then read. Every command has -c FILE; listings have --json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands.hh"

namespace crmrelay::ctl {

class Cli {
public:
    Cli(const char* command, const char* does);
    ~Cli();

    Cli& json();                                                                            // --json
    Cli& value(const char* name, std::string& to, const char* help);
    Cli& needed(const char* name, std::string& to, const char* help);                       // an option that must be given
    Cli& number(const char* name, int& to, int least, int most, const char* help);
    Cli& flag(const char* name, bool& to, const char* help);
    Cli& positional(const char* name, std::string& to, const char* help, bool required);
    Cli& files(std::vector<std::string>& to, const char* help);                              // positionals, at least one
    Cli& words(const char* name, std::vector<std::string>& to, const char* help);            // positionals, perhaps none
    Cli& choice(const char* name, std::string& to, std::vector<std::string> of, const char* help);   // a positional, required
    Cli& not_both(const char* one, const char* other);

    // The exit status where the command ends here: help was asked for, or the words are wrong.
    std::optional<int> parse(const Arguments& arguments);

    const std::string& config_file() const { return config_file_; }
    bool wants_json() const { return json_; }

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::string config_file_;
    bool json_ = false;
};

}  // namespace crmrelay::ctl
