// SPDX-License-Identifier: BSD-2-Clause
//
// One connection to the store's file, opened through SOCI with the settings that two writing processes need: WAL,
// synchronous=FULL, no checkpoint on a commit, patient waiting for locks. Internal to the room: it shows SOCI.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "store/location.hh"

namespace crmrelay::store {

class Session {
public:
    enum class Use { write, read, checkpoint };

    // Throws std::runtime_error or soci::soci_error (see trouble_of).
    Session(const Location& location, Use use);
    Session(const Session&) = delete;
    ~Session();

    soci::session& sql() { return sql_; }
    const Location& location() const { return location_; }

    // Whether the path no longer leads to the file that this session has open.
    bool moved() const;

    // For a session whose file was moved: puts into the file what its write-ahead log still holds, and takes that log's files
    // off the path, where the next database of that name would take them for its own.
    void leave_moved_file();

    // Makes the write-ahead log's file long enough that commits write over what is there, instead of lengthening it: on ext4 the
    // latter makes each fdatasync wait for the journal too, and costs two to four times as much.
    void lengthen_log();

    // From now on what this session deletes is overwritten in the file.
    void overwrite_deleted();

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

    Location location_;
    Patience patience_;
    std::function<void(int)> committed_;
    std::optional<FileId> file_, wal_, shm_;
    soci::session sql_;
};

// What an exception of SOCI or SQLite means: in words that name the url, and whether only the one write is to blame for it.
struct Trouble {
    std::string text;
    bool of_the_write = false;
};
Trouble trouble_of(const std::exception& error, const Location& location);

}  // namespace crmrelay::store
