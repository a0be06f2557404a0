// SPDX-License-Identifier: BSD-2-Clause
//
// The writer's session: the connection, the statements that write, and transactions around them.
// Used by one thread. Internal to the room.
#pragma once

#include <functional>

#include "store/events.hh"
#include "store/leases.hh"
#include "store/logins.hh"
#include "store/messages.hh"
#include "store/notices.hh"
#include "store/outbox.hh"
#include "store/probes.hh"
#include "store/purge.hh"
#include "store/session.hh"
#include "store/soft_failures.hh"
#include "store/spf.hh"
#include "store/standings.hh"
#include "store/tallies.hh"

namespace crmrelay::store {

class WriteSession {
public:
    // Opens the store and brings it up to date, or (Open::existing) checks it. Throws.
    WriteSession(const Location& location, Open how);

    Session& connection() { return *connection_; }

    // Runs `work` and the counts that it leaves in `tally` as one transaction: durable when this returns. Throws, and has
    // then changed nothing.
    void transaction(const std::function<void()>& work);
    void touch();   // writes what is there already: fails where nothing can be written

private:
    std::unique_ptr<Session> connection_;
    Statement touch_;
    TallyWriter tallies_;

public:
    MessageWriter messages;
    EventWriter events;
    OutboxWriter outbox;
    Purger purger;
    SpfWriter spf;
    StandingWriter standings;
    SoftFailures soft_failures;
    NoticeWriter notices;
    LoginWriter logins;
    ProbeEraser probes;
    Leases leases;
    Tally tally;
};

}  // namespace crmrelay::store
