// SPDX-License-Identifier: BSD-2-Clause
//
// Looks at the file, and reads it when it is another one.
#include "policy/logins_file.hh"

#include <cerrno>

#include "conf/secrets.hh"
#include "policy/log.hh"

namespace crmrelay::policy {

namespace {

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

base::Result<Logins> load_logins(const std::string& path) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0 && errno == ENOENT) return Logins();
    const auto text = conf::read_secret(path);
    if (!text) return base::Error{text.error()};
    return Logins::parse(*text, path);
}

bool LoginsFile::Seen::operator==(const Seen& other) const {
    return there == other.there && device == other.device && inode == other.inode && size == other.size && same(changed, other.changed) &&
           same(modified, other.modified);
}

LoginsFile::Seen LoginsFile::see(const std::string& path) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) return {};
    return {true, st.st_dev, st.st_ino, st.st_size, st.st_ctim, st.st_mtim};   // ctim: a chmod mends a file, too
}

std::shared_ptr<const Logins> LoginsFile::current() {
    const auto seen = see(path_);   // before reading: what changes meanwhile is seen the next time
    if (seen_ == seen) return logins_;
    seen_ = seen;
    auto loaded = load_logins(path_);
    if (loaded) logins_ = std::make_shared<const Logins>(std::move(*loaded));
    else log::logins_problem(loaded.error(), logins_ != nullptr);
    return logins_;
}

void LoginsFile::look_again(const std::string& path) {
    if (path != path_) {
        path_ = path;
        logins_ = nullptr;
    }
    seen_.reset();
}

}  // namespace crmrelay::policy
