// SPDX-License-Identifier: BSD-2-Clause
//
// Where the store is; of a file whether it can be used there: directory, owner, mode. Opens no database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/store.hh"

namespace crmrelay::store {

struct Location {
    std::string url;              // sqlite:///ABSOLUTE/PATH or postgresql://…, without a password: for texts
    std::string path;             // of SQLite's file
    bool postgres = false;
    std::vector<std::pair<std::string, std::string>> settings;   // libpq's, as the URL has them
    Options options;

    static Location parse(const std::string& url, Options options = {});   // throws std::runtime_error
};

std::string server_name(const Options& options);   // the host's where none is given

// Which file a path leads to, to notice that it was removed or replaced.
struct FileId {
    std::uint64_t device = 0, inode = 0;
    bool operator==(const FileId&) const = default;
};
std::optional<FileId> file_id(const std::string& path);

// Checks that directory and file can be used by this process. Open::create makes an empty file of mode 0660 where there is
// none: both daemons write it, as two users of one group, and SQLite gives its -wal and -shm files the same mode.
// Throws std::runtime_error that names the url, what is wrong and what to do.
void prepare_file(const Location& location, Open how);

}  // namespace crmrelay::store
