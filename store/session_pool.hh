// SPDX-License-Identifier: BSD-2-Clause
//
// Read sessions that threads share: opened when needed, at most a few, each used by one thread at a time. Readers neither wait for
// the writer nor hold it up. Internal to the room.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/away.hh"
#include "store/events.hh"
#include "store/figures.hh"
#include "store/logins.hh"
#include "store/messages.hh"
#include "store/notices.hh"
#include "store/outbox.hh"
#include "store/refusals.hh"
#include "store/session.hh"
#include "store/spf.hh"
#include "store/standings.hh"
#include "store/tallies.hh"

namespace crmrelay::store {

struct ReadSession {
    explicit ReadSession(const Location& location);   // throws where there is no store of this version

    std::unique_ptr<Session> connection;
    MessageReader messages;
    EventReader events;
    OutboxReader outbox;
    TallyReader tallies;
    RefusalReader refusals;
    SpfReader spf;
    StandingReader standings;
    NoticeReader notices;
    FigureReader figures;
    LoginReader logins;
};

class SessionPool {
public:
    explicit SessionPool(const Location& location) : location_(location) {}

    // Runs `read` on a session, waiting for one where all are busy. Throws std::runtime_error with the url in its text.
    template <typename Read>
    auto read(Read&& read) {
        auto session = take();
        try {
            auto result = read(*session);
            give_back(std::move(session));
            return result;
        } catch (const std::exception& error) {
            fail(std::move(session), error);
        }
    }

private:
    std::unique_ptr<ReadSession> take();
    std::unique_ptr<ReadSession> opened();
    void give_back(std::unique_ptr<ReadSession> session);
    [[noreturn]] void fail(std::unique_ptr<ReadSession> session, const std::exception& error);
    void leave();

    const Location location_;
    std::mutex mutex_;
    std::condition_variable free_;
    std::vector<std::unique_ptr<ReadSession>> idle_;
    int in_use_ = 0;
    Away away_;
};

}  // namespace crmrelay::store
