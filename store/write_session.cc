// SPDX-License-Identifier: BSD-2-Clause
//
// One connection and one transaction at a time: what fails is rolled back whole.
#include "store/write_session.hh"

namespace crmrelay::store {

WriteSession::WriteSession(const Location& location, Open how)
    : connection_(open_session(location, Session::Use::write, how)),
      touch_(*connection_, "UPDATE schema_version SET version = version"),
      tallies_(*connection_),
      messages(*connection_),
      events(*connection_),
      outbox(*connection_),
      purger(*connection_, messages),
      spf(*connection_),
      standings(*connection_),
      soft_failures(*connection_),
      notices(*connection_),
      logins(*connection_),
      probes(*connection_),
      leases(*connection_) {}

void WriteSession::transaction(const std::function<void()>& work) {
    tally.clear();
    connection_->begin();
    try {
        work();
        soft_failures.settle();
        standings.settle();
        tallies_.write(tally);
        connection_->commit();
    } catch (...) {
        connection_->rollback();
        messages.rolled_back();
        standings.rolled_back();
        soft_failures.rolled_back();
        throw;
    }
}

void WriteSession::touch() { touch_.run(); }

}  // namespace crmrelay::store
