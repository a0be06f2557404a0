// SPDX-License-Identifier: BSD-2-Clause
//
// A private PostgreSQL on a unix socket in a folder of its own, as a user that it accepts (never root), ended by its process id.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/base/folder.hh"

namespace crmrelay::store::test {

class PostgresServer {
public:
    static bool available();       // Debian's postgresql is installed
    PostgresServer();              // starts it, and waits until it answers
    ~PostgresServer();

    std::string url() const;       // of its one database; without a schema of its own
    void execute(const std::string& sql) const;
    std::string asked(const std::string& sql) const;

    void start();
    void stop();                   // as by its administrator: sessions end
    void hang() const;             // every process of it, until resume()
    void resume() const;

private:
    base::tests::Folder folder_;
    pid_t pid_ = -1;
};

// The server that all tests of this program share; null in the program that tests SQLite.
PostgresServer* postgres();
void set_postgres(PostgresServer* server);

}  // namespace crmrelay::store::test
