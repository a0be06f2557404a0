// SPDX-License-Identifier: BSD-2-Clause
//
// What is still to be told, and what became of it: outgoing mail as rows, and the daily count of messages handed on for a token.
// Internal to the room.
#pragma once

#include <optional>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

struct OutgoingRow {
    Outgoing outgoing;
    long long id = 0, created_at = 0, next_at = 0;
    std::string kind, state, event_ids;
};

class OutboxWriter {
public:
    explicit OutboxWriter(Session& session);
    void insert(const Outgoing& outgoing);
    void mark_queued(std::int64_t id, const std::string& queue_id, Seconds now);
    void postpone(std::int64_t id, Seconds next_at, const std::string& error);   // a pending row only, as below; one more attempt
    void put_off(std::int64_t id, Seconds next_at, const std::string& why);
    void mark_failed(std::int64_t id, const std::string& error);
    bool count_forward(const std::string& token, Seconds now, int limit);

private:
    void move(std::int64_t id, Seconds next_at, const std::string& why, int attempts);

    OutgoingRow row_;
    long long id_ = 0, time_ = 0, count_ = 0;
    int attempts_ = 0;
    std::string text_;
    Statement insert_, queued_, postpone_, failed_, forwards_, forward_;
};

class OutboxReader {
public:
    explicit OutboxReader(Session& session);
    std::vector<Outgoing> due(Seconds now, int limit);
    std::optional<Seconds> next_due();
    std::optional<Outgoing> by_queue_id(const std::string& queue_id);   // without mail, as all below
    std::vector<Outgoing> of(const std::string& token);
    std::int64_t depth(const std::string& domain);

private:
    std::vector<Outgoing> read(Statement& statement);

    OutgoingRow row_;
    std::string key_;
    long long time_ = 0, count_ = 0;
    int limit_ = 0, any_domain_ = 0;
    Statement due_, next_, by_queue_id_, by_token_, depth_;
};

}  // namespace crmrelay::store
