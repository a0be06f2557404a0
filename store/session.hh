// SPDX-License-Identifier: BSD-2-Clause
//
// A connection to the store's database, and queries on it: what SQLite (sqlite_session.hh) and PostgreSQL (postgres_session.hh) have in common. All other
// files of the room write their SQL once; where the two want other words, a Statement is given both. Internal to the room.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "store/location.hh"

namespace crmrelay::store {

// Where a query's parameters and columns live; they must outlive the query.
using Variable = std::variant<std::string*, int*, long long*>;

// A query with its variables. Throws what trouble_of understands.
class Query {
public:
    virtual ~Query() = default;
    // With the parameters as they stand now. Whether there is a row: its columns are set then, and those of the next one by fetch().
    // A query without columns may be sent later, with those that follow it, and fail with one of them or with the commit.
    virtual bool execute() = 0;
    virtual bool fetch() = 0;
    virtual long long changed() = 0;   // rows, by the last execute() of an INSERT, UPDATE or DELETE
};

class Session {
public:
    enum class Use { write, read, checkpoint };

    explicit Session(const Location& location) : location_(location) {}
    Session(const Session&) = delete;
    virtual ~Session() = default;

    const Location& location() const { return location_; }
    bool postgres() const { return location_.postgres; }

    // Parameters are `:name`, each name once in a query: the two databases count repeated ones differently.
    virtual std::unique_ptr<Query> query(const std::string& sql, std::vector<Variable> in, std::vector<Variable> out) = 0;

    virtual void begin() = 0;      // of a writing transaction
    virtual void commit() = 0;     // durable when this returns
    virtual void rollback() noexcept = 0;

    virtual void overwrite_deleted() {}   // from now on what this session deletes is overwritten, where the database leaves octets behind

    virtual bool moved() const = 0;   // what this session is connected to is no longer there: open another one

private:
    const Location location_;
};

// Opens what `location` names, brings it up to date (create) or checks its version. Throws.
std::unique_ptr<Session> open_session(const Location& location, Session::Use use, Open how);

// What an exception of this room, SOCI or a database means: in words that name the url, and whether only the one write is to blame for it.
struct Trouble {
    std::string text;
    bool of_the_write = false;
};
Trouble trouble_of(const std::exception& error, const Location& location);

}  // namespace crmrelay::store
