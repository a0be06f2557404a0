// SPDX-License-Identifier: BSD-2-Clause
//
// PostgreSQL's session: queries without columns are posted and go out with what follows them, so that a transaction of many writes is a round trip or two.
// Internal to the room.
#pragma once

#include "store/postgres_connection.hh"
#include "store/session.hh"

namespace crmrelay::store {

class PostgresSession : public Session {
public:
    explicit PostgresSession(const Location& location);   // throws

    std::unique_ptr<Query> query(const std::string& sql, std::vector<Variable> in, std::vector<Variable> out) override;
    void begin() override;
    void commit() override;
    void rollback() noexcept override;
    bool moved() const override { return connection_.has_gone(); }

    // For schema.cc and partitions.cc, whose statements are made as they go: all of them, and the first column of the last one's first row.
    void execute(const std::string& sql);
    std::string asked(const std::string& sql);
    void be_patient(std::chrono::seconds patience) { patience_ = patience; }

private:
    friend class PostgresQuery;
    void begin_unless_within();   // time and count begin anew where no transaction is open

    PostgresConnection connection_;
    std::chrono::milliseconds patience_;
    bool within_ = false;
};

Trouble trouble_of_postgres(const std::exception& error, const Location& location);

}  // namespace crmrelay::store
