// SPDX-License-Identifier: BSD-2-Clause
//
// Versions: an empty file becomes a store, an older one is brought up to date, a newer or a foreign one is refused.
#include "store/schema.hh"

#include <boost/test/unit_test.hpp>

#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

void execute(const Directory& directory, const std::string& sql) {
    prepare_file(directory.location(), Open::create);
    Session session(directory.location(), Session::Use::write);
    session.sql() << sql;
}

int version_of(const Directory& directory) {
    Session session(directory.location(), Session::Use::read);
    int version = 0;
    session.sql() << "SELECT version FROM schema_version", soci::into(version);
    return version;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(made_once) {
    const Directory directory;
    {
        Store store(directory.url(), Open::create);
        BOOST_TEST(record(store, sample_message("a1")).durable);
    }
    BOOST_TEST(version_of(directory) == schema_version());
    Store again(directory.url(), Open::create);
    BOOST_TEST(again.find_message("a1").has_value());
}

BOOST_AUTO_TEST_CASE(made_by_two_at_once) {
    const Directory directory;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
        children.push_back(fork_child([&] {
            Store store(directory.url(), Open::create);
            return record(store, sample_message("a" + std::to_string(i))).durable ? 0 : 1;
        }));
    for (const auto child : children) BOOST_TEST(exit_status(child) == 0);
    Store store(directory.url(), Open::existing);
    for (int i = 0; i < 4; ++i) BOOST_TEST(store.find_message("a" + std::to_string(i)).has_value());
}

BOOST_AUTO_TEST_CASE(refused) {
    const struct {
        std::string sql;
        Open how;
        std::string want_error;
    } rows[] = {
        {"CREATE TABLE notes (x TEXT)", Open::create, "is the database of another program"},
        {"CREATE TABLE schema_version (version INTEGER NOT NULL)", Open::create, "schema_version is damaged"},
        {"CREATE TABLE schema_version AS SELECT 99 AS version", Open::create, "it has schema version 99, and this program knows versions up to "},
        {"CREATE TABLE schema_version AS SELECT 99 AS version", Open::existing, "a newer crmrelay has used it"},
        {"PRAGMA user_version = 1", Open::existing, "it has schema version 0, and this program needs "},
    };
    for (const auto& row : rows) {
        const Directory directory;
        execute(directory, row.sql);
        const auto error = thrown_by([&] { Store(directory.url(), row.how); });
        BOOST_TEST(holds(error, row.want_error), row.sql << ": " << error);
        BOOST_TEST(error.starts_with(directory.url()), error);
    }
}

BOOST_AUTO_TEST_CASE(empty_file_is_filled) {
    const Directory directory;
    execute(directory, "PRAGMA user_version = 1");
    { Store store(directory.url(), Open::create); }
    BOOST_TEST(version_of(directory) == schema_version());
}

BOOST_AUTO_TEST_SUITE_END()
