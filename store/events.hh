// SPDX-License-Identifier: BSD-2-Clause
//
// Events as rows. Two with one `dedupe` key are one event; an empty key is no key. Internal to the room.
#pragma once

#include <optional>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

struct EventRow {
    Event event;
    long long happened_at = 0;
};

class EventWriter {
public:
    explicit EventWriter(Session& session);
    bool insert(const Event& event);   // false where its dedupe key is there already
    void change_document(const std::string& id, const std::string& document);

private:
    EventRow row_;
    Statement insert_, change_;
};

class EventReader {
public:
    explicit EventReader(Session& session);
    std::vector<Event> of(const std::string& token);                 // oldest first
    std::optional<Event> find(const std::string& id);
    std::vector<Event> matching(const Store::EventQuery& query);     // newest first

private:
    std::vector<Event> read(Statement& statement);

    EventRow row_;
    std::string id_, token_, domain_, type_;
    long long since_ = 0;
    int any_type_ = 0, limit_ = 0;
    Statement by_id_, by_token_, by_domain_, by_time_;
};

}  // namespace crmrelay::store
