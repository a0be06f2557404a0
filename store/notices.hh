// SPDX-License-Identifier: BSD-2-Clause
//
// What administrators were told of: each cause once a domain and day, the rest as a number and its first few; and what is told once a period. A day of a
// domain has as many rows as it has causes. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"
#include "store/store.hh"

namespace crmrelay::store {

class NoticeWriter {
public:
    explicit NoticeWriter(Session& session);
    bool tell(const Outgoing& notice);   // true: it is its day's first of this cause; false: it was counted instead
    bool claim(const Once& once);        // true: nothing of this name was for this period or a later one, and now is

private:
    std::string domain_, cause_, few_, name_;
    long long day_ = 0, period_ = 0, same_period_ = 0;
    Statement begin_, count_, read_, keep_, move_on_, first_period_;
};

class NoticeReader {
public:
    explicit NoticeReader(Session& session);
    std::vector<HeldNotices> held(const std::string& domain, std::int64_t from_day, std::int64_t before_day);
    std::int64_t last_period(const std::string& name);

private:
    std::string domain_, cause_, few_, name_;
    long long day_ = 0, from_day_ = 0, before_day_ = 0, beyond_ = 0, period_ = 0;
    Statement held_, period_of_;
};

}  // namespace crmrelay::store
