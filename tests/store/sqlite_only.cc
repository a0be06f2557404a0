// SPDX-License-Identifier: BSD-2-Clause
//
// The program that tests SQLite has no PostgreSQL server: nothing here is ever called but postgres().
#include "tests/store/postgres_server.hh"

namespace crmrelay::store::test {

PostgresServer* postgres() { return nullptr; }
std::string PostgresServer::url() const { return {}; }
void PostgresServer::execute(const std::string&) const {}

}  // namespace crmrelay::store::test
