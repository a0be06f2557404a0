// SPDX-License-Identifier: BSD-2-Clause
//
// Reads what reports about a domain are made of, a row at a time, so that memory stays small whatever the store holds. Internal to the room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/events.hh"
#include "store/outbox.hh"
#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class FigureReader {
public:
    explicit FigureReader(Session& session);
    void activity(const std::string& domain, Seconds since, const std::function<void(const Activity&)>& each);
    void events(const std::string& domain, Seconds since, const std::function<void(const Event&)>& each);
    void bounced_recipients(const std::string& domain, Seconds since, const std::function<void(const BouncedRecipient&)>& each);
    std::vector<OutboxCount> outbox(const std::string& domain, Seconds since);

private:
    std::string domain_;
    long long since_ = 0;
    struct ActivityRow {
        Activity activity;
        long long quarter = 0, amount = 0;
    } activity_row_;
    EventRow event_row_;
    struct RecipientRow {
        BouncedRecipient recipient;
        long long count = 0, last = 0;
    } recipient_row_;
    OutgoingRow outgoing_row_;
    long long count_ = 0, oldest_ = 0;
    Statement activity_, events_, recipients_, outbox_;
};

}  // namespace crmrelay::store
