// SPDX-License-Identifier: BSD-2-Clause
//
// What SPF names said of clients, and how their look-ups go: rows that outlive a restart, so that networks hold while DNS is down.
// Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class SpfWriter {
public:
    explicit SpfWriter(Session& session);
    void write(const SpfChanges& changes);

private:
    std::string name_, client_, verdict_, error_;
    long long checked_at_ = 0, good_until_ = 0, answered_at_ = 0, failing_since_ = 0, probed_at_ = 0, clients_ = 0;
    int refused_ = 0;
    Statement put_answer_, drop_answer_, drop_answers_of_, put_name_, drop_name_;
};

class SpfReader {
public:
    explicit SpfReader(Session& session);
    std::vector<SpfVerdict> verdicts(int limit);
    std::vector<SpfName> names();

private:
    std::string name_, client_, verdict_, error_;
    long long checked_at_ = 0, good_until_ = 0, answered_at_ = 0, failing_since_ = 0, probed_at_ = 0, clients_ = 0;
    int refused_ = 0, limit_ = 0;
    Statement answers_, names_;
};

}  // namespace crmrelay::store
