// SPDX-License-Identifier: BSD-2-Clause
//
// Where the store's file is, and whether it can be used there: directory, owner, mode. Opens no database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/store.hh"

namespace crmrelay::store {

struct Location {
    std::string url;    // sqlite:///ABSOLUTE/PATH
    std::string path;

    static Location parse(const std::string& url);   // throws std::runtime_error
};

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
