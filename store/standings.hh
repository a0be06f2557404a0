// SPDX-License-Identifier: BSD-2-Clause
//
// How domains stand: their failures in a row, and whether they are suspended. A row a domain, changed only within a transaction that has read it.
// Internal to the room.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

struct StandingRow {
    Standing standing;
    std::string failures;
    long long day = 0, warned_on = 0, told_on = 0, password_on = 0, suspended_at = 0, until = 0;
    int by_hand = 0;
};

class StandingReader {
public:
    explicit StandingReader(Session& session, bool to_change = false);   // to_change: within a transaction
    Standing of(const std::string& domain);   // where there is no row: as a domain begins
    std::vector<Standing> all();

private:
    Standing take() const;

    StandingRow row_;
    std::string domain_;
    Statement one_, all_;
};

class StandingWriter {
public:
    explicit StandingWriter(Session& session);
    Standing of(const std::string& domain);   // nobody else changes it until the transaction's end
    void write(const Standing& standing);
    void leave(const std::string& domain);      // after of(): it stays as it was
    void relayed(const std::string& domain) { relayed_domains_.insert(domain); }   // the row of failures ends, once for all messages of a transaction:
    void settle();                                                                  // now
    void rolled_back() { relayed_domains_.clear(); }

private:
    StandingReader reader_;
    StandingRow row_;
    std::string domain_;
    std::set<std::string> relayed_domains_;
    Statement begin_, undo_;
    bool made_ = false;
    const bool locks_rows_;
    Statement write_, relayed_;
};

}  // namespace crmrelay::store
