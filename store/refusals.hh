// SPDX-License-Identifier: BSD-2-Clause
//
// The latest refusals with their facts, so that "why was this refused?" has an answer. A list a domain, of those sessions that proved themselves its own, and
// another one of everybody else: strangers cannot push the former out, and neither list grows. Gathered in memory, written with a transaction that comes
// anyway. Internal to the room.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

constexpr std::size_t kRefusalsKept = 100;           // of each list
constexpr std::size_t kRefusalTextCap = 512;         // octets of each text

// What a second adds.
class RefusalList {
public:
    static constexpr std::size_t kAtOnce = 20;       // of each list; older ones of the same second are not kept
    static constexpr std::size_t kLists = 4096;      // domains come from the configuration: more is a fault

    void add(Refusal refusal);
    void add(const RefusalList& newer);
    void clear() { lists_.clear(); }
    bool empty() const { return lists_.empty(); }

private:
    friend class RefusalWriter;
    std::map<std::pair<std::string, bool>, std::deque<Refusal>> lists_;   // by domain and proved
};

// A row as its columns are bound.
struct RefusalRow {
    Refusal refusal;
    long long happened_at = 0;
    int observed = 0, proved = 0;
};

class RefusalWriter {
public:
    explicit RefusalWriter(Session& session);
    void write(const RefusalList& list);

private:
    RefusalRow row_;
    std::string domain_, of_domain_;
    int proved_ = 0, of_proved_ = 0;
    Statement insert_, trim_;
};

class RefusalReader {
public:
    explicit RefusalReader(Session& session);
    // Of a message, by Postfix's queue id or instance: newest first.
    std::vector<Refusal> of(const std::string& id);
    std::vector<Refusal> latest(const std::string& domain, int limit);

private:
    std::vector<Refusal> read(Statement& statement);

    RefusalRow row_;
    std::string id_, instance_, domain_;
    int limit_ = 0;
    Statement of_, latest_;
};

}  // namespace crmrelay::store
