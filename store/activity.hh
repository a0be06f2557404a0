// SPDX-License-Identifier: BSD-2-Clause
//
// How often something was done for a domain within a quarter of an hour: relayed, refused and observed, the latter two by reason. A quarter of an hour, since
// days of every time zone are made of whole ones. Gathered in memory and written with a transaction that comes anyway. Internal to the room.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class ActivityTally {
public:
    void relayed(const Message& message);
    void refused(const Refusal& refusal);   // beyond some thousand domains, quarters and reasons a new one is not kept
    void add(const ActivityTally& newer);
    void clear() { amounts_.clear(); }

private:
    friend class ActivityWriter;
    using Key = std::tuple<std::string, std::int64_t, std::string, std::string>;   // domain, quarter, kind, reason
    void count(Key key, std::int64_t amount);
    std::map<Key, std::int64_t> amounts_;
};

class ActivityWriter {
public:
    explicit ActivityWriter(Session& session);
    void write(const ActivityTally& tally);

private:
    std::string server_;   // each server counts in rows of its own
    std::string domain_, kind_, reason_;
    long long quarter_ = 0, amount_ = 0;
    Statement add_;
};

}  // namespace crmrelay::store
