// SPDX-License-Identifier: BSD-2-Clause
//
// SQLite's connection: WAL, a full fsync a commit, patient waiting for locks. Internal to the room: it shows SOCI.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "store/session.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class SqliteSession : public Session {
public:
    // Throws std::runtime_error or soci::soci_error (see trouble_of).
    SqliteSession(const Location& location, Use use);
    ~SqliteSession() override;

    soci::session& sql() { return sql_; }

    std::unique_ptr<Query> query(const std::string& sql, std::vector<Variable> in, std::vector<Variable> out) override;
    void begin() override { begin_.run(); }
    void commit() override { commit_.run(); }
    void rollback() noexcept override;

    void overwrite_deleted() override;

    // Whether the path no longer leads to the file that this session has open.
    bool moved() const override;

    // For a session whose file was moved: puts into the file what its write-ahead log still holds, and takes that log's files
    // off the path, where the next database of that name would take them for its own.
    void leave_moved_file();

    // Makes the write-ahead log's file long enough that commits write over what is there, instead of lengthening it: on ext4 the
    // latter makes each fdatasync wait for the journal too, and costs two to four times as much.
    void lengthen_log();

    // Calls back with the number of pages in the write-ahead log after each commit of this session.
    void on_commit(std::function<void(int pages)> call);

    // A checkpoint in SQLite's words (PASSIVE, RESTART, TRUNCATE); pages in the log, and how many of them are in the file.
    struct Checkpoint {
        bool busy = false;
        int pages = 0, done = 0;
    };
    Checkpoint checkpoint(const std::string& mode);

private:
    void set_up(Use use);
    void note_files();   // the log's files exist from the first read on

    struct Patience {
        std::chrono::milliseconds limit{};
        std::chrono::steady_clock::time_point since{};
    };
    static int wait_for_lock(void* patience, int calls);

    Patience patience_;
    std::function<void(int)> committed_;
    std::optional<FileId> file_, wal_, shm_;
    soci::session sql_;
    // IMMEDIATE, and sent by hand: SOCI's own transaction is a plain BEGIN, and a plain one that reads before it writes fails with "database is locked"
    // whenever the other daemon has committed in between, however patient it is.
    Statement begin_, commit_, rollback_;
};

Trouble trouble_of_sqlite(const std::exception& error, const Location& location);

}  // namespace crmrelay::store
