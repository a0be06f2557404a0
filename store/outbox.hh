// SPDX-License-Identifier: BSD-2-Clause
//
// What is still to be told, and what became of it: reports as rows, the targets that are asked for nothing now, and the daily count of messages handed on
// for a token. Internal to the room.
#pragma once

#include <optional>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

struct OutgoingRow {
    Outgoing outgoing;
    long long id = 0, created_at = 0, next_at = 0, since = 0, waits_until = 0;
    std::string kind, state, event_ids;
};

struct TargetRow {
    Target target;
    long long paused_until = 0, disabled_at = 0;
};

class OutboxWriter {
public:
    explicit OutboxWriter(Session& session);
    void insert(const Outgoing& outgoing);
    void move(const Move& move);                                          // one that stays pending, or fails, only where it is pending still; a queued one may fail too
    std::int64_t retry(std::int64_t id, Seconds now);                     // of a pending or failed row; how many it were, as below
    std::int64_t retry_all(const std::string& domain, Seconds now);       // the failed ones; "": of every domain
    std::int64_t drop(std::int64_t id);
    std::int64_t drop_all(const std::string& domain);
    void set_target(const Target& target);
    bool count_forward(const std::string& token, Seconds now, int limit);

private:
    OutgoingRow row_;
    TargetRow target_;
    long long id_ = 0, time_ = 0, same_time_ = 0, count_ = 0;
    int attempts_ = 0, any_domain_ = 0;
    std::string text_;
    Statement insert_, queued_, delivered_, postpone_, failed_, retry_, retry_all_, drop_, drop_all_, set_target_, forwards_, forward_;
};

class OutboxReader {
public:
    explicit OutboxReader(Session& session);
    std::vector<Outgoing> due(const std::string& target, Seconds now, int limit);
    std::vector<Outgoing> due_of(const std::string& owner, const std::string& target, Seconds now, int limit);   // those that this process has claimed
    std::optional<Seconds> next_due();
    std::optional<Seconds> next_due_after(const std::string& target, Seconds after);
    std::vector<std::pair<std::string, Seconds>> targets_due();         // each with its earliest next_at
    std::optional<Outgoing> find(std::int64_t id);                        // with mail
    std::optional<Outgoing> by_queue_id(const std::string& queue_id);     // without mail, as all below
    std::vector<Outgoing> of(const std::string& token);
    std::vector<Outgoing> matching(const Store::OutboxQuery& query);
    std::int64_t depth(const std::string& domain);
    std::int64_t dead(const std::string& domain);
    std::vector<Target> targets();
    std::vector<TargetLoad> load();

private:
    std::vector<Outgoing> read(Statement& statement);

    OutgoingRow row_;
    TargetRow target_;
    std::string key_, owner_, domain_, state_;
    long long time_ = 0, count_ = 0, dead_count_ = 0;
    int limit_ = 0, any_domain_ = 0;
    Statement due_, due_of_, next_, next_after_, targets_due_, by_id_, by_queue_id_, by_token_, matching_, depth_, dead_, targets_, load_;
};

}  // namespace crmrelay::store
