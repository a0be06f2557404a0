// SPDX-License-Identifier: BSD-2-Clause
//
// Postfix's configuration as it stands: read, and changed, only through postconf(1) and postmap(1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/process.hh"

namespace crmrelay::ctl {

// A line of master.cf.
struct MasterService {
    std::string name, type;                       // "10587", "inet"
    bool chrooted = false;
    std::string command;                          // "smtpd"
    std::string line;                             // whole, on one line
    std::map<std::string, std::string> options;   // -o

    std::string id() const { return name + "/" + type; }
};

// What postconf says, as values; the plan and the checks are made from it.
struct PostfixState {
    std::string directory;                           // where main.cf is
    std::map<std::string, std::string> values;       // as they stand, "$name" unexpanded
    std::map<std::string, std::string> expanded;
    std::map<std::string, bool> set;                 // stands in main.cf; otherwise it is Postfix's default
    std::vector<MasterService> services;

    const std::string& value(const std::string& parameter) const { return values.at(parameter); }
    const std::string& at(const MasterService& service, const std::string& parameter) const;   // expanded: its -o, else main.cf's
    const MasterService* service(const std::string& id) const;
};

// New values for parameters and lines for services, by name; nothing: it goes.
struct PostfixEdit {
    std::map<std::string, std::optional<std::string>> parameters, services;
};

class Postfix {
public:
    // `directory`: of main.cf; empty: $MAIL_CONFIG, else Postfix's own default.
    explicit Postfix(std::string directory);

    static bool installed();

    // Both throw std::runtime_error with postconf's words. postconf waits until main.cf is two seconds old before it reads it, so all
    // parameters are edited at once.
    PostfixState read() const;
    void edit(const PostfixEdit& edit) const;

    // What `map` answers to `key`; nothing where it holds none. Throws std::runtime_error where it cannot be asked.
    std::optional<std::string> look_up(const std::string& map, const std::string& key) const;

    // Runs one of Postfix's commands with this configuration; `words` without -c DIR.
    Ran run_command(std::vector<std::string> words) const;

    // "postconf -c DIR", as an administrator would type it.
    std::string command(const std::string& program) const;

private:
    std::string ask(std::vector<std::string> words) const;

    std::string directory_;
};

}  // namespace crmrelay::ctl
