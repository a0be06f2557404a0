// SPDX-License-Identifier: BSD-2-Clause
//
// Replaces a file as a whole: readers find the old one or the new one, also after a crash.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace crmrelay::ctl {

// Who may use the file; owner and group stay as the process makes them where they are not given.
struct Access {
    mode_t mode = 0600;
    std::optional<uid_t> owner;
    std::optional<gid_t> group;
};

// A temporary file beside it, fsync, rename, fsync of the directory. Throws std::system_error, and leaves nothing behind then.
void replace_file(const std::string& path, std::string_view text, const Access& access);

// The whole file, at most 1 MiB. Throws std::system_error.
std::string read_file(const std::string& path);

// "/a" of "/a/b", "/" of "/a", "." of "a".
std::string directory_of(const std::string& path);

}  // namespace crmrelay::ctl
