// SPDX-License-Identifier: BSD-2-Clause
//
// Relayed messages as rows: written by token, found by token, Message-ID or queue id. Internal to the room.
#pragma once

#include <optional>
#include <vector>

#include "store/partitions.hh"
#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

// A message's columns, bound to the statements below.
struct MessageRow {
    Message message;
    long long relayed_at = 0, hour = 0, hash = 0, size = 0;
    std::string recipients, headers;
};

class MessageWriter {
public:
    explicit MessageWriter(Session& session);
    void insert(const Message& message);   // a token that is there already is a constraint error
    void rolled_back() { partitions_.forget(); }
    bool drop_oldest(Seconds before) { return partitions_.drop_one(before); }

private:
    MessageRow row_;
    Partitions partitions_;
    Statement insert_;
};

class MessageReader {
public:
    explicit MessageReader(Session& session);
    std::optional<Message> find(const std::string& token);
    std::vector<Message> by_message_id(const std::string& message_id, int limit);   // newest first
    std::vector<Message> by_queue_id(const std::string& queue_id, int limit);
    std::optional<Message> last_of(const std::string& domain);
    std::vector<Used> used_since(const std::string& domain, Seconds since);

private:
    std::vector<Message> read(Statement& statement);

    const bool by_days_;

    MessageRow row_;
    std::string key_, login_;
    long long from_hour_ = 0, to_hour_ = 0, hash_ = 0, since_ = 0, since_hour_ = 0, minute_ = 0, count_ = 0;
    int limit_ = 0;
    Statement by_token_, by_message_id_, by_queue_id_, last_of_, used_;
};

}  // namespace crmrelay::store
