// SPDX-License-Identifier: BSD-2-Clause
//
// Counts a domain, UTC day and server, the last refusal of each domain and reason, and the latest of each domain: gathered in memory, written in one go with a
// transaction that comes anyway. Internal to the room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "store/activity.hh"
#include "store/records.hh"
#include "store/refusals.hh"
#include "store/statement.hh"

namespace crmrelay::store {

// What a transaction, or a second of refusals, adds to the rows.
class Tally {
public:
    void relayed(const Message& message);
    void bounced(const Event& event);
    void refused(Refusal refusal);          // beyond some thousand domains and reasons a new one is not kept
    void add(const Tally& newer);
    void clear();
    bool empty() const { return days_.empty() && refusals_.empty() && recent_.empty(); }

private:
    friend class TallyWriter;
    struct Day {
        Counts counts;
        std::string last_token;
    };
    std::map<std::pair<std::string, std::int64_t>, Day> days_;
    std::map<std::pair<std::string, std::string>, Refusal> refusals_;
    RefusalList recent_;
    ActivityTally activity_;
};

class TallyWriter {
public:
    explicit TallyWriter(Session& session);
    void write(const Tally& tally);

private:
    std::string server_;
    std::string domain_, last_token_;
    long long day_ = 0, relayed_ = 0, refused_ = 0, observed_ = 0, bounced_ = 0, happened_at_ = 0;
    Refusal refusal_;
    int is_observed_ = 0;
    Statement add_, refusal_statement_;
    RefusalWriter recent_;
    ActivityWriter activity_;
};

class TallyReader {
public:
    explicit TallyReader(Session& session);
    Counts counts(const std::string& domain, Seconds day_of);
    std::optional<Refusal> last_refusal(const std::string& domain);

private:
    std::string domain_;
    long long day_ = 0, relayed_ = 0, refused_ = 0, observed_ = 0, bounced_ = 0, happened_at_ = 0;
    Refusal refusal_;
    int is_observed_ = 0;
    Statement counts_, last_refusal_;
};

}  // namespace crmrelay::store
