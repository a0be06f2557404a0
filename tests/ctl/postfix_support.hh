// SPDX-License-Identifier: BSD-2-Clause
//
// A Postfix configuration in a folder of its own, made of Postfix's own defaults; and the same as values.
#pragma once

#include <string>

#include "ctl/postfix_state.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl::test {

// As Debian's Postfix stands after its installation.
PostfixState default_state();

class PostfixFolder {
public:
    PostfixFolder();   // main.cf and master.cf as Debian makes them

    const std::string& path() const { return dir_.path(); }
    std::string main_cf() const { return read_text(dir_ / "main.cf"); }
    std::string master_cf() const { return read_text(dir_ / "master.cf"); }
    void add_to_main(const std::string& lines) const;
    Postfix postfix() const { return Postfix(path()); }

private:
    TempDir dir_;
};

// False, and a message, where there is no Postfix to ask.
bool have_postfix();

}  // namespace crmrelay::ctl::test
