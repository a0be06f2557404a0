// SPDX-License-Identifier: BSD-2-Clause
//
// Looks at the store's directory and file before SQLite does, because SQLite's "unable to open database file" helps nobody.
#include "store/location.hh"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/fd.hh"
#include "store/postgres_location.hh"

namespace crmrelay::store {

namespace {

constexpr std::string_view scheme = "sqlite://";

std::string user_name() {
    char buffer[4096];
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
    return "uid " + std::to_string(geteuid());
}

std::string group_name() {
    char buffer[4096];
    group entry{};
    group* found = nullptr;
    if (getgrgid_r(getegid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->gr_name;
    return "gid " + std::to_string(getegid());
}

[[noreturn]] void refuse(const Location& location, const std::string& what) { throw std::runtime_error(location.url + ": " + what); }

bool usable(const std::string& path, int mode) { return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

void check_directory(const Location& location, const std::string& directory) {
    struct stat found {};
    if (stat(directory.c_str(), &found) != 0) {
        if (errno == ENOENT)
            refuse(location, "directory " + directory + " does not exist: create it, owned by " + user_name() + ", group " + group_name() + ", mode 2770");
        refuse(location, "directory " + directory + ": " + std::strerror(errno));
    }
    if (!S_ISDIR(found.st_mode)) refuse(location, directory + " is not a directory: move it away, or name another path in `store`");
    if (!usable(directory, R_OK | W_OK | X_OK))
        refuse(location, "directory " + directory + " is not writable for user " + user_name() + ", group " + group_name() + ": chgrp it to that group and give it mode 2770");
}

void check_file(const Location& location, const struct stat& found) {
    if (!S_ISREG(found.st_mode)) refuse(location, location.path + " is not a regular file: move it away, or name another path in `store`");
    if (!usable(location.path, R_OK | W_OK))
        refuse(location, "file " + location.path + " is not writable for user " + user_name() + ", group " + group_name() + ": chgrp it to that group and give it mode 0660");
}

// Only ever opens a file that was not there: closing a descriptor of one that SQLite has open would drop SQLite's locks on it.
void make_file(const Location& location) {
    const base::Fd fd(open(location.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660));
    if (!fd && errno == EEXIST) return;   // the other daemon was quicker
    if (!fd || fchmod(fd.get(), 0660) != 0) refuse(location, "file " + location.path + " cannot be made: " + std::strerror(errno));
}

}  // namespace

Location Location::parse(const std::string& url, Options options) {
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
        auto location = parse_postgres(url);
        location.options = std::move(options);
        return location;
    }
    if (!url.starts_with(scheme)) throw std::runtime_error(url + ": this store is not known: write sqlite:///ABSOLUTE/PATH or postgresql://USER@HOST/DATABASE");
    Location location;
    location.url = url;
    location.path = url.substr(scheme.size());
    location.options = std::move(options);
    if (!location.path.starts_with('/') || location.path.ends_with('/')) refuse(location, "the path is not that of a file: write sqlite:///ABSOLUTE/PATH");
    if (location.path.find_first_of("\"\n\r") != std::string::npos || location.path.find('\0') != std::string::npos)
        refuse(location, "the path holds a quote or a control character: choose another");
    return location;
}

std::string server_name(const Options& options) {
    if (!options.server.empty()) return options.server;
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    return name;
}

std::optional<FileId> file_id(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return FileId{found.st_dev, found.st_ino};
}

void prepare_file(const Location& location, Open how) {
    const auto slash = location.path.rfind('/');
    check_directory(location, slash == 0 ? "/" : location.path.substr(0, slash));
    struct stat found {};
    if (stat(location.path.c_str(), &found) == 0) return check_file(location, found);
    if (errno != ENOENT) refuse(location, location.path + ": " + std::strerror(errno));
    if (how == Open::existing) refuse(location, "file " + location.path + " does not exist: crmrelay-policyd makes it at its first start");
    make_file(location);
}

}  // namespace crmrelay::store
