// SPDX-License-Identifier: BSD-2-Clause
//
// Options by CLI11.
#include "ctl/cli.hh"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.hh"

namespace crmrelay::ctl {

struct Cli::Parser {
    CLI::App app;
};

Cli::Cli(const char* command, const char* does)
    : parser_(new Parser{CLI::App(does, std::string("crmrelayctl ") + command)}), config_file_(CRMRELAY_SYSCONFDIR "/crmrelay/crmrelay.toml") {
    parser_->app.add_option("-c,--config", config_file_, "the configuration")->type_name("FILE")->capture_default_str();
}

Cli::~Cli() = default;

Cli& Cli::json() { return flag("--json", json_, "for programs"); }

Cli& Cli::value(const char* name, std::string& to, const char* help) {
    parser_->app.add_option(name, to, help)->type_name("");
    return *this;
}

Cli& Cli::needed(const char* name, std::string& to, const char* help) {
    parser_->app.add_option(name, to, help)->type_name("")->required();
    return *this;
}

Cli& Cli::number(const char* name, int& to, int least, int most, const char* help) {
    parser_->app.add_option(name, to, help)->check(CLI::Range(least, most))->type_name("N")->capture_default_str();
    return *this;
}

Cli& Cli::flag(const char* name, bool& to, const char* help) {
    parser_->app.add_flag(name, to, help);
    return *this;
}

Cli& Cli::positional(const char* name, std::string& to, const char* help, bool required) {
    parser_->app.add_option(name, to, help)->type_name("")->required(required);
    return *this;
}

Cli& Cli::files(std::vector<std::string>& to, const char* help) {
    parser_->app.add_option("files", to, help)->type_name("")->required();
    return *this;
}

Cli& Cli::words(const char* name, std::vector<std::string>& to, const char* help) {
    parser_->app.add_option(name, to, help)->type_name("");
    return *this;
}

Cli& Cli::choice(const char* name, std::string& to, std::vector<std::string> of, const char* help) {
    parser_->app.add_option(name, to, help)->check(CLI::IsMember(std::move(of)))->required();
    return *this;
}

Cli& Cli::not_both(const char* one, const char* other) {
    parser_->app.get_option(one)->excludes(parser_->app.get_option(other));
    return *this;
}

std::optional<int> Cli::parse(const Arguments& arguments) {
    auto reversed = arguments;   // as CLI11 wants them
    std::ranges::reverse(reversed);
    try {
        parser_->app.parse(reversed);
        return std::nullopt;
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", parser_->app.help());
        return kFine;
    } catch (const CLI::ParseError& e) {
        fmt::print(stderr, "{}: {}; --help tells how\n", parser_->app.get_name(), base::neuter(e.what()));
        return kUsage;
    }
}

}  // namespace crmrelay::ctl
