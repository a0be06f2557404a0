// SPDX-License-Identifier: BSD-2-Clause
//
// The tests of room store that hold for both databases, and PostgreSQL's own, on a private server. Exit status 77 (skipped) where Debian's postgresql is not
// installed.
#define BOOST_TEST_MODULE crmrelay_store_on_postgresql
#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>
#include <iostream>

#include "tests/store/postgres_server.hh"

int main(int argc, char** argv) {
    using namespace crmrelay::store::test;
    if (!PostgresServer::available()) {
        std::cout << "skipped: postgresql-15 is not installed\n";
        return 77;
    }
    PostgresServer server;
    set_postgres(&server);
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
