// SPDX-License-Identifier: BSD-2-Clause
//
// Urls of stores, and what is said of directories and files that cannot be used.
#include "store/location.hh"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

BOOST_AUTO_TEST_SUITE(location)

BOOST_AUTO_TEST_CASE(urls) {
    const struct {
        std::string url, want_path, want_error;
    } rows[] = {
        {"sqlite:///var/lib/crmrelay/crmrelay.db", "/var/lib/crmrelay/crmrelay.db", ""},
        {"sqlite:///x/with space.db", "/x/with space.db", ""},
        {"sqlite://relative.db", "", "sqlite://relative.db: the path is not that of a file"},
        {"sqlite:///", "", "the path is not that of a file"},
        {"sqlite:///x/a\"b", "", "holds a quote"},
        {"mysql://db/x", "", "mysql://db/x: this store is not known: write sqlite:///ABSOLUTE/PATH or postgresql://USER@HOST/DATABASE"},
        {"", "", "this store is not known"},
    };
    for (const auto& row : rows) {
        std::string path;
        const auto error = thrown_by([&] { path = Location::parse(row.url).path; });
        BOOST_TEST(path == row.want_path);
        BOOST_TEST(holds(error, row.want_error), row.url << ": " << error);
        BOOST_TEST(error.empty() == row.want_error.empty());
    }
}

BOOST_AUTO_TEST_CASE(missing) {
    const Directory directory;
    const auto nowhere = Location::parse("sqlite://" + directory.path() + "/none/y.db");
    const auto error = thrown_by([&] { prepare_file(nowhere, Open::create); });
    BOOST_TEST(holds(error, nowhere.url + ": directory " + directory.path() + "/none does not exist: create it, owned by "), error);
    const auto absent = thrown_by([&] { prepare_file(directory.location(), Open::existing); });
    BOOST_TEST(holds(absent, directory.file() + " does not exist"), absent);
    BOOST_TEST(!file_id(directory.file()));
}

BOOST_AUTO_TEST_CASE(wrong_kind) {
    const Directory directory;
    std::ofstream(directory.path() + "/plain") << "x";
    const auto below = thrown_by([&] { prepare_file(Location::parse("sqlite://" + directory.path() + "/plain/y.db"), Open::create); });
    BOOST_TEST(holds(below, "is not a directory"), below);
    std::filesystem::create_directory(directory.file());
    const auto folder = thrown_by([&] { prepare_file(directory.location(), Open::create); });
    BOOST_TEST(holds(folder, "is not a regular file"), folder);
}

BOOST_AUTO_TEST_CASE(mode_of_a_new_file) {
    const Directory directory;
    const auto before = umask(0077);
    { const Store store(directory.url(), Open::create); }
    Store store(directory.url(), Open::create);
    BOOST_TEST(record(store, sample_message("a1")).durable);
    umask(before);
    for (const std::string suffix : {"", "-wal", "-shm"}) {
        struct stat found {};
        BOOST_REQUIRE(stat((directory.file() + suffix).c_str(), &found) == 0);
        BOOST_TEST((found.st_mode & 0777) == 0660U, suffix);
    }
}

BOOST_AUTO_TEST_SUITE_END()
