// SPDX-License-Identifier: BSD-2-Clause
//
// A file is replaced as a whole, or stays.
#include "ctl/replace_file.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <system_error>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(replace_file_suite)

BOOST_AUTO_TEST_CASE(replaces_with_its_mode_and_leaves_nothing_beside_it) {
    const test::TempDir dir;
    const auto path = dir / "file";
    test::write_file(path, "old", 0600);
    struct stat before{}, after{};
    BOOST_REQUIRE(::stat(path.c_str(), &before) == 0);
    replace_file(path, "new\n", {0640, ::geteuid(), ::getegid()});
    BOOST_REQUIRE(::stat(path.c_str(), &after) == 0);
    BOOST_TEST(read_file(path) == "new\n");
    BOOST_TEST((after.st_mode & 07777) == 0640U);
    BOOST_TEST(before.st_ino != after.st_ino);   // a reader of the old file keeps it whole
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(throws_where_it_cannot) {
    const test::TempDir dir;
    BOOST_CHECK_THROW(replace_file(dir / "missing/file", "x", {}), std::system_error);
    std::filesystem::create_directory(dir / "folder");
    BOOST_CHECK_THROW(replace_file(dir / "folder", "x", {}), std::system_error);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
    BOOST_CHECK_THROW(read_file(dir / "missing"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
