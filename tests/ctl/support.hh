// SPDX-License-Identifier: BSD-2-Clause
//
// What the tests of subcommands stand on: a folder of their own, a configuration in it, a filled store, and what a subcommand prints.
#pragma once

#include <functional>
#include <string>

#include "ctl/commands.hh"
#include "store/store.hh"
#include "tests/base/folder.hh"

namespace crmrelay::ctl::test {

class TempDir : public base::tests::Folder {
public:
    std::string operator/(const std::string& name) const { return file(name); }
};

// The file is dated ten seconds back: Postfix's programs wait where one is fresh.
void write_file(const std::string& path, const std::string& text, unsigned mode = 0644);
std::string read_text(const std::string& path);

struct Printed {
    int status = 0;
    std::string out, error;
};
Printed printed(const std::function<int()>& run);

// An installation in one folder: crmrelay.toml, keys, and a store that is made by store().
class Installation {
public:
    Installation();

    const TempDir& dir() const { return dir_; }
    std::string config() const { return dir_ / "crmrelay.toml"; }
    std::string keys() const { return dir_ / "keys"; }

    // Writes that are durable when the call returns; the store is closed before a subcommand opens it.
    void record(const store::Message& message) const;
    void record(const store::Report& report) const;
    void with_store(const std::function<void(store::Store&)>& work) const;

    // Runs a subcommand with this configuration.
    Printed run(int (*command)(const Arguments&), Arguments arguments) const;

private:
    TempDir dir_;
};

inline constexpr const char* kToken = "k5xw2zlomfzgs3dfnrqxs2lom4qhi33lmvxc4abc";

store::Message sample_message();
store::Event sample_event(const std::string& id, const std::string& type, store::Seconds time);

}  // namespace crmrelay::ctl::test
