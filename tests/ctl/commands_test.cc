// SPDX-License-Identifier: BSD-2-Clause
//
// Subcommands are found by name.
#include "ctl/commands.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(finds_each_and_nothing_else) {
    for (const auto& command : kCommands) BOOST_TEST((find_command(command.name) == &command));
    for (const char* const name : {"", "a", "chec", "checks", "zzz"}) BOOST_TEST(!find_command(name));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
