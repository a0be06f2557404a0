// SPDX-License-Identifier: BSD-2-Clause
//
// Soft failures in a row, a row for each recipient of a domain that had one. A message counts once, however many reports come about it. The row of
// failures ends with a delivery, or where a later message was relayed and six days went by without a failure: then it arrived. Knows no diagnostic
// and no status. Internal to the room.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

inline constexpr long long kQuietTime = 6 * 86400;   // seconds in which a failure of a relayed message comes back: Postfix tries for five days

class SoftFailures {
public:
    explicit SoftFailures(Session& session);

    int counted(const Event& event);         // what the event says was counted; how many failures in a row that makes, 0 where it is no soft failure
    void relayed(const Message& message);    // written by settle(), at the end of the transaction
    // In the order of the rows' names: two servers that each wait for a row of the other's would wait until the database ends one of them.
    void settle();
    void rolled_back() { relayed_at_.clear(); }

private:
    int added();

    std::map<std::pair<std::string, std::string>, Seconds> relayed_at_;   // by domain and recipient, of the first message

    std::string domain_, recipient_, token_;
    long long at_ = 0, quiet_ = kQuietTime, failures_ = 0;
    Statement add_, read_, mark_, end_, relayed_;
};

}  // namespace crmrelay::store
