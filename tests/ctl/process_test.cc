// SPDX-License-Identifier: BSD-2-Clause
//
// Other programs and other users.
#include "ctl/process.hh"

#include <pwd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(runs_without_a_shell) {
    auto ran = run({"printf", "%s", "a $HOME; b"});
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.out == "a $HOME; b");
    ran = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
    BOOST_TEST(ran.status == 3);
    BOOST_TEST(ran.out == "out\n");
    BOOST_TEST(ran.error == "err\n");
    BOOST_TEST(run({"sh", "-c", "kill -9 $$"}).status == 128 + 9);
    BOOST_TEST(run({"no-such-program-here"}).status == 127);
    BOOST_TEST(is_installed("sh"));
    BOOST_TEST(!is_installed("no-such-program-here"));
}

BOOST_AUTO_TEST_CASE(looks_as_another_user) {
    const test::TempDir dir;
    const auto secret = dir / "secret";
    test::write_file(secret, "x", 0600);
    const auto look = [&]() -> Findings { return {{::access(secret.c_str(), R_OK) == 0 ? Level::ok : Level::fail, std::to_string(::geteuid()), "m"}}; };
    const auto found = as_user("nobody", look);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].mend == "m");
    if (::geteuid() == 0) {
        BOOST_TEST(found[0].what == std::to_string(::getpwnam("nobody")->pw_uid));
        BOOST_TEST((found[0].level == Level::fail));
        BOOST_TEST((as_user("no-such-user-here", look).at(0).level == Level::fail));
    } else {
        BOOST_TEST((found[0].level == Level::ok));
    }
    const auto thrown = as_user("nobody", []() -> Findings { throw std::runtime_error("broken"); });
    BOOST_REQUIRE(thrown.size() == 1U);
    BOOST_TEST(thrown[0].what == "broken");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
