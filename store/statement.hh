// SPDX-License-Identifier: BSD-2-Clause
//
// A query that stays with its session: variables are bound once, by position, and it is run as often as needed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/session.hh"

namespace crmrelay::store {

class Statement {
public:
    Statement(Session& session, std::string query) : session_(session), text_(std::move(query)) {}
    // Where the two databases want other words, for the same variables.
    Statement(Session& session, std::string sqlite, std::string postgres) : session_(session), text_(session.postgres() ? std::move(postgres) : std::move(sqlite)) {}
    Statement(const Statement&) = delete;

    // The variables must outlive the statement: std::string, int and long long.
    template <typename... T>
    Statement& in(T&... variables) {
        (in_.emplace_back(&variables), ...);
        return *this;
    }
    template <typename... T>
    Statement& out(T&... variables) {
        (out_.emplace_back(&variables), ...);
        return *this;
    }

    // Calls `row` after the out-variables of each row are set. Always reads to the end: an unfinished query keeps its
    // transaction open. Throws what Query throws.
    template <typename Row>
    void each(Row&& row) {
        if (!query_) query_ = session_.query(text_, in_, out_);
        for (bool got = query_->execute(); got; got = query_->fetch()) row();
    }
    void run() {
        each([] {});
    }
    long long changed() { return query_->changed(); }   // rows, by the last run of an INSERT, UPDATE or DELETE

private:
    Session& session_;
    std::string text_;
    std::vector<Variable> in_, out_;
    std::unique_ptr<Query> query_;
};

}  // namespace crmrelay::store
