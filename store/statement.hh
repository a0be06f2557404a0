// SPDX-License-Identifier: BSD-2-Clause
//
// A prepared statement that stays open with its session: variables are bound once, by position, and the statement is run as
// often as needed. A parameter's name stands only once in a query: SQLite and PostgreSQL count repeated ones differently.
#pragma once

#include <string>
#include <utility>

#include "store/session.hh"

namespace crmrelay::store {

class Statement {
public:
    Statement(Session& session, std::string query) : query_(std::move(query)), statement_(session.sql()) {}
    Statement(const Statement&) = delete;

    // The variables must outlive the statement; SOCI knows std::string, int and long long.
    template <typename... T>
    Statement& in(T&... variables) {
        (statement_.exchange(soci::use(variables)), ...);
        return *this;
    }
    template <typename... T>
    Statement& out(T&... variables) {
        (statement_.exchange(soci::into(variables)), ...);
        return *this;
    }

    // Calls `row` after the out-variables of each row are set. Always reads to the end: an unfinished statement keeps its
    // transaction open. Throws what SOCI throws.
    template <typename Row>
    void each(Row&& row) {
        prepare();
        for (bool got = statement_.execute(true); got; got = statement_.fetch()) row();
    }
    void run() {
        each([] {});
    }
    long long changed() { return statement_.get_affected_rows(); }   // rows, by the last run of an INSERT, UPDATE or DELETE

private:
    void prepare() {
        if (prepared_) return;
        statement_.alloc();
        statement_.prepare(query_);
        statement_.define_and_bind();
        prepared_ = true;
    }

    std::string query_;
    soci::statement statement_;
    bool prepared_ = false;
};

}  // namespace crmrelay::store
