// SPDX-License-Identifier: BSD-2-Clause
//
// The commands that mend what a check found, as an administrator pastes them into a shell. It runs none of them.
#pragma once

#include <string>
#include <string_view>

#include "ctl/postfix_state.hh"

namespace crmrelay::ctl {

// One word of a shell's line.
std::string shell_word(std::string_view text);

class Mending {
public:
    // `config_file`: crmrelayctl's -c; `postfix_directory`: --postfix-config, or empty.
    Mending(std::string config_file, std::string postfix_directory);

    std::string ctl(std::string_view words) const;                                                  // "crmrelayctl -c FILE key rotate"
    std::string command(const std::string& text) const;                                             // one that a guide names: crmrelayctl gets its -c FILE
    std::string dns(const std::string& domain) const;                                               // prints what to publish
    std::string apply(bool shared) const;                                                           // all of Postfix's lines
    std::string apply_at(int port) const;                                                           // the same, with the CRM's service at that port
    std::string main(const std::string& parameter, const std::string& value) const;                 // one of main.cf
    std::string service(const std::string& id, const std::string& parameter, const std::string& value) const;   // an -o of master.cf
    std::string service_line(const std::string& id, const std::string& line) const;                 // a value with blanks needs the whole line
    std::string start(const std::string& daemon) const;                                             // by systemd where it knows the unit

private:
    std::string reload() const;
    std::string where_postfix_is() const;   // " --postfix-config DIR", where it has to be said

    std::string config_file_, postfix_directory_;
    Postfix postfix_;
};

}  // namespace crmrelay::ctl
