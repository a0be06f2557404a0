// SPDX-License-Identifier: BSD-2-Clause
//
// postgresql:// URLs: what reaches libpq, and that no text ever holds a password.
#include "store/postgres_location.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay;
using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

std::string setting(const Location& location, const std::string& name) {
    for (const auto& [key, value] : connection_settings(location))
        if (key == name) return value;
    return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_location)

BOOST_AUTO_TEST_CASE(settings) {
    const struct {
        std::string url, name, want_value;
    } rows[] = {
        {"postgresql://crm@db.test:5433/relay", "host", "db.test"},
        {"postgresql://crm@db.test:5433/relay", "port", "5433"},
        {"postgresql://crm@db.test/relay", "connect_timeout", "2"},
        {"postgresql://crm@db.test/relay?connect_timeout=9", "connect_timeout", "9"},
        {"postgresql://crm@db.test/relay", "client_encoding", "UTF8"},
        {"postgresql://crm@db.test/relay?client_encoding=LATIN1", "client_encoding", "UTF8"},
        {"postgresql://crm@a.test:1,b.test:2/relay", "host", "a.test,b.test"},
        {"postgresql://crm@a.test,b.test/relay", "target_session_attrs", "read-write"},
        {"postgresql://crm@a.test,b.test/relay?target_session_attrs=primary", "target_session_attrs", "primary"},
        {"postgresql://crm@a.test/relay", "target_session_attrs", ""},
        {"postgresql:///relay?host=/run/postgresql&user=crm", "host", "/run/postgresql"},
        {"postgresql://crm@db.test/relay?sslmode=verify-full&passfile=/etc/crmrelay/pgpass", "sslmode", "verify-full"},
        {"postgresql://crm@db.test/relay?passfile=/etc/crmrelay/pgpass", "passfile", "/etc/crmrelay/pgpass"},
    };
    for (const auto& row : rows) {
        const auto location = Location::parse(row.url);
        BOOST_TEST(location.postgres);
        BOOST_TEST(location.url == row.url);
        BOOST_TEST(setting(location, row.name) == row.want_value, row.url);
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    const struct {
        std::string url, want_error;
    } rows[] = {
        {"postgresql://crm:hunter2@db.test/relay", "postgresql://…: a password has no place in the URL"},
        {"postgresql://crm@db.test/relay?password=hunter2", "a password has no place in the URL"},
        {"postgresql://crm:hunter2@db.test/relay?nonsense=1", "postgresql://…: this cannot be read as a URL"},
        {"postgresql://db.test/relay", "it names no user"},
        {"postgresql://crm@db.test", "it names no database"},
    };
    for (const auto& row : rows) {
        const auto error = thrown_by([&] { Location::parse(row.url); });
        BOOST_TEST(holds(error, row.want_error), row.url << ": " << error);
        BOOST_TEST(!holds(error, "hunter2"), error);
    }
}

BOOST_AUTO_TEST_CASE(password_file) {
    const base::tests::Folder folder;
    const auto with = [&](const std::string& file) {
        Options options;
        options.password_file = file;
        return Location::parse("postgresql://crm@db.test/relay", options);
    };
    BOOST_TEST(setting(with(folder.write("good", "s3cret word\nmore\n", 0640)), "password") == "s3cret word");
    const struct {
        std::string file, want_error;
    } rows[] = {
        {folder.write("open", "s3cret\n", 0644), "everybody may read it: chmod o-rwx " + folder.file("open")},
        {folder.write("empty", "\n", 0600), "its first line is empty"},
        {folder.file("none"), "No such file"},
    };
    for (const auto& row : rows) {
        const auto error = thrown_by([&] { connection_settings(with(row.file)); });
        BOOST_TEST(holds(error, row.want_error), error);
        BOOST_TEST(!holds(error, "s3cret"), error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
