// SPDX-License-Identifier: BSD-2-Clause
//
// Chooses between the two databases; nothing else.
#include "store/session.hh"

#include "store/postgres_session.hh"
#include "store/schema.hh"
#include "store/sqlite_session.hh"

namespace crmrelay::store {

std::unique_ptr<Session> open_session(const Location& location, Session::Use use, Open how) {
    std::unique_ptr<Session> session;
    if (location.postgres) {
        session = std::make_unique<PostgresSession>(location);
    } else {
        prepare_file(location, how);
        session = std::make_unique<SqliteSession>(location, use);
    }
    bring_up(*session, how);
    return session;
}

Trouble trouble_of(const std::exception& error, const Location& location) {
    return location.postgres ? trouble_of_postgres(error, location) : trouble_of_sqlite(error, location);
}

}  // namespace crmrelay::store
