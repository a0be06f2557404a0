// SPDX-License-Identifier: BSD-2-Clause
//
// The program that tests SQLite has no PostgreSQL server.
#include "tests/store/postgres_server.hh"

namespace crmrelay::store::test {

PostgresServer* postgres() { return nullptr; }

}  // namespace crmrelay::store::test
