// SPDX-License-Identifier: BSD-2-Clause
//
// The logins as they stand in their file now: looked at whenever they are asked for (one stat), read when the file has changed. A broken file changes
// nothing: the former logins keep serving, and the log says so once. One thread.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>

#include "policy/logins.hh"

namespace crmrelay::policy {

// No file holds no logins. Errors name the file, and the line where there is one.
base::Result<Logins> load_logins(const std::string& path);

class LoginsFile {
public:
    explicit LoginsFile(std::string path) : path_(std::move(path)) {}

    // nullptr while nothing that could be read was ever there.
    std::shared_ptr<const Logins> current();

    // The next current() looks at the file in any case; another path begins anew.
    void look_again(const std::string& path);

private:
    struct Seen {
        bool there = false;
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        timespec changed{}, modified{};

        bool operator==(const Seen& other) const;
    };
    static Seen see(const std::string& path);

    std::string path_;
    std::shared_ptr<const Logins> logins_;
    std::optional<Seen> seen_;
};

}  // namespace crmrelay::policy
