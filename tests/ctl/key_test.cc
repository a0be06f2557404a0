// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl key: rotates, lists, shows no secret.
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "conf/secrets.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(key_command)

BOOST_AUTO_TEST_CASE(rotates_and_lists) {
    const test::Installation here;
    BOOST_TEST(here.run(key, {"list"}).status == kWrong);
    const auto first = here.run(key, {"rotate"});
    BOOST_TEST(first.status == kFine);
    BOOST_TEST(first.out.find("USR1") != std::string::npos);
    const auto one = test::read_text(here.keys());
    BOOST_TEST(here.run(key, {"rotate"}).status == kFine);
    const auto two = test::read_text(here.keys());
    BOOST_TEST(two.size() > one.size());
    BOOST_TEST(two.ends_with(one));
    struct stat st{};
    BOOST_REQUIRE(::stat(here.keys().c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0640U);

    const auto keys = conf::load_keys(here.keys());
    BOOST_REQUIRE(keys.ok());
    BOOST_REQUIRE(keys->size() == 2U);
    BOOST_TEST(keys->front().secret.size() == 64U);
    for (const auto& arguments : {Arguments{"list"}, Arguments{"list", "--json"}}) {
        const auto listed = here.run(key, arguments);
        BOOST_TEST(listed.status == kFine);
        BOOST_TEST(listed.out.find("signs") < listed.out.find("verifies"));
        for (const auto& one_key : *keys) BOOST_TEST(listed.out.find(one_key.secret) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(leaves_a_broken_file_alone) {
    const test::Installation here;
    test::write_file(here.keys(), "short\n", 0640);
    BOOST_TEST(here.run(key, {"rotate"}).status == kWrong);
    BOOST_TEST(test::read_text(here.keys()) == "short\n");
    test::write_file(here.keys(), "0123456789abcdef0123456789abcdef\n", 0644);
    BOOST_TEST(here.run(key, {"rotate"}).status == kWrong);
}

BOOST_AUTO_TEST_CASE(the_first_key_is_made_once) {
    const test::Installation here;
    BOOST_TEST(here.run(key, {"init"}).status == kFine);
    const auto first = test::read_text(here.keys());
    BOOST_TEST(conf::load_keys(here.keys()).ok());
    BOOST_TEST(here.run(key, {"init"}).status == kFine);
    BOOST_TEST(test::read_text(here.keys()) == first);
    for (const char* const present : {"", "short\n"}) {
        test::write_file(here.keys(), present, 0640);
        BOOST_TEST(here.run(key, {"init"}).status == kFine);
        BOOST_TEST(test::read_text(here.keys()) == present);
    }
}

BOOST_AUTO_TEST_CASE(follows_a_symbolic_link) {
    const test::Installation here;
    test::write_file(here.dir() / "real", "0123456789abcdef0123456789abcdef\n", 0640);
    BOOST_REQUIRE(::symlink((here.dir() / "real").c_str(), here.keys().c_str()) == 0);
    BOOST_TEST(here.run(key, {"rotate"}).status == kFine);
    struct stat st{};
    BOOST_REQUIRE(::lstat(here.keys().c_str(), &st) == 0);
    BOOST_TEST(S_ISLNK(st.st_mode));
    BOOST_TEST(conf::load_keys(here.dir() / "real")->size() == 2U);
}

BOOST_AUTO_TEST_CASE(usage) {
    const test::Installation here;
    BOOST_TEST(here.run(key, {}).status == kUsage);
    BOOST_TEST(here.run(key, {"show"}).status == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
