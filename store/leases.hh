// SPDX-License-Identifier: BSD-2-Clause
//
// Which server works on which report. A server says every few seconds that it lives, by the database's clock; a report that it claimed is its own as long as it
// does, and anybody's when it has said nothing for the time of its lease. The process that follows one of the same name takes its reports at once. With SQLite
// there is one server, and nothing is written. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/outbox.hh"

namespace crmrelay::store {

class Leases {
public:
    explicit Leases(Session& session);

    // Within a transaction, each. `id` is of one process.
    void renew(const std::string& id);
    void leave(const std::string& id);
    // Claims due rows of the target that no living server has, and gives all due rows that are this process's, oldest first.
    std::vector<Outgoing> claim(const std::string& id, const std::string& target, Seconds now, int limit);

private:
    OutboxReader rows_;
    std::string name_, id_, same_id_, target_;
    long long now_ = 0, lease_ = 0;
    int limit_ = 0;
    Statement forget_former_, renew_, leave_, claim_;
};

}  // namespace crmrelay::store
