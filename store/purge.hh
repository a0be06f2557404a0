// SPDX-License-Identifier: BSD-2-Clause
//
// Forgets what is older than the retention time, a bounded number of rows a transaction. Internal to the room.
#pragma once

#include "store/messages.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class Purger {
public:
    Purger(Session& session, MessageWriter& messages);

    // Deletes at most `steps_of` rows made before `before`; how many it was, 0 when nothing is left to delete.
    // A message stays while a pending report refers to it, and PostgreSQL keeps or drops a whole day's messages; a report stays while it is pending, and a dead letter until it is dropped.
    static constexpr int steps_of = 1000;
    long long step(Seconds before);

private:
    long long before_ = 0, same_before_ = 0, before_hour_ = 0, before_day_ = 0, before_quarter_ = 0;
    int most_ = steps_of;
    MessageWriter& writer_;
    const bool by_days_;
    Statement messages_, events_, outgoing_, forwards_, refusals_, recent_refusals_, soft_failures_, activity_, standings_, notices_, logins_, servers_;
};

}  // namespace crmrelay::store
