// SPDX-License-Identifier: BSD-2-Clause
//
// Looks at the present file and at the user database.
#include "ctl/secret_access.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace crmrelay::ctl {

namespace {

constexpr mode_t kMode = 0640;

}  // namespace

Access access_for(const std::string& path, const std::string& user) {
    struct stat st{};
    if (::stat(path.c_str(), &st) == 0) return {kMode, st.st_uid, st.st_gid};
    if (::geteuid() != 0) return {kMode, std::nullopt, std::nullopt};
    const passwd* const entry = ::getpwnam(user.c_str());
    if (!entry) throw std::runtime_error(fmt::format("user \"{}\" does not exist: create it or set [service] user", user));
    return {kMode, std::nullopt, entry->pw_gid};
}

std::string real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), ::free);
    return real ? std::string(real.get()) : path;
}

base::Fd lock_folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string::npos ? std::string(".") : slash == 0 ? std::string("/") : path.substr(0, slash);
    base::Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX) != 0) throw std::system_error(errno, std::generic_category(), folder);
    return fd;
}

}  // namespace crmrelay::ctl
