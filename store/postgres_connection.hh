// SPDX-License-Identifier: BSD-2-Clause
//
// libpq in pipeline mode, with a deadline for everything: queries are posted, and sync() waits for all that was posted in one round trip. Keeps no state at the
// server beyond a transaction (no prepared statements, no settings), so that a pooler may give each transaction another server connection.
// Used by one thread. Internal to the room; no header shows libpq.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/location.hh"

struct pg_conn;
struct pg_result;

namespace crmrelay::store {

class PostgresError : public std::runtime_error {
public:
    PostgresError(const std::string& text, std::string state) : std::runtime_error(text), state_(std::move(state)) {}
    const std::string& state() const { return state_; }   // SQLSTATE (PostgreSQL's manual, appendix A); empty where the connection itself is the trouble

private:
    std::string state_;
};

struct ResultEnd {
    void operator()(pg_result* result) const;
};
using Result = std::unique_ptr<pg_result, ResultEnd>;

class PostgresConnection {
public:
    explicit PostgresConnection(const Location& location);   // throws PostgresError
    PostgresConnection(const PostgresConnection&) = delete;
    ~PostgresConnection();

    // Queues a query with its parameters as texts (PostgreSQL's, without NUL). Its number among those posted since the last restart().
    std::size_t post(const std::string& sql, const std::vector<std::string>& parameters = {});
    Result sync();                                  // waits for all that is posted; the last one's result. Throws the first error.
    long long changed(std::size_t number) const;    // rows, of one that sync() has waited for

    // From here on a new count of time and of queries: all until the next restart() takes `patience` at most.
    void restart(std::chrono::milliseconds patience);

    bool has_gone() const;                          // the server or the pooler has closed it, or it failed
    std::string server_setting(const char* name) const;   // one of those that the server reports, such as server_encoding

private:
    void wait();                                    // until there is something to read, or what is queued is sent
    pg_result* next_result();
    [[noreturn]] void fail(const std::string& doing);

    pg_conn* connection_ = nullptr;
    std::vector<long long> changed_;
    std::size_t posted_ = 0;
    std::chrono::steady_clock::time_point deadline_;
    bool failed_ = false;
};

// A text of libpq on one line.
std::string on_one_line(std::string text);

}  // namespace crmrelay::store
