// SPDX-License-Identifier: BSD-2-Clause
//
// BEGIN IMMEDIATE is sent by hand: SOCI's own transaction is a plain BEGIN, and a plain one that reads before it writes fails
// with "database is locked" whenever the other daemon has committed in between, however patient it is.
#include "store/write_session.hh"

#include "store/schema.hh"

namespace crmrelay::store {

namespace {

Session& prepared(Session& session, Open how) {
    bring_up(session, how);
    return session;
}

}  // namespace

WriteSession::WriteSession(const Location& location, Open how)
    : connection_((prepare_file(location, how), location), Session::Use::write),
      begin_(prepared(connection_, how), "BEGIN IMMEDIATE"),
      commit_(connection_, "COMMIT"),
      rollback_(connection_, "ROLLBACK"),
      touch_(connection_, "UPDATE schema_version SET version = version"),
      tallies_(connection_),
      messages(connection_),
      events(connection_),
      outbox(connection_),
      purger(connection_),
      spf(connection_),
      standings(connection_),
      soft_failures(connection_),
      notices(connection_),
      logins(connection_),
      probes(connection_) {}

void WriteSession::transaction(const std::function<void()>& work) {
    tally.clear();
    begin_.run();
    try {
        work();
        tallies_.write(tally);
        commit_.run();
    } catch (...) {
        try {
            rollback_.run();
        } catch (const soci::soci_error&) {
            // After some errors SQLite has rolled back by itself and says that there is nothing to roll back.
        }
        throw;
    }
}

void WriteSession::touch() { touch_.run(); }

}  // namespace crmrelay::store
