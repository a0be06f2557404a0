// SPDX-License-Identifier: BSD-2-Clause
//
// The order of system calls that keeps a file whole.
#include "ctl/replace_file.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/fd.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kReadCap = 1 << 20;

[[noreturn]] void fail(const std::string& path, const char* doing) {
    throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", path, doing));
}

void fill(int fd, const std::string& path, std::string_view text, const Access& access) {
    if ((access.owner || access.group) && ::fchown(fd, access.owner.value_or(static_cast<uid_t>(-1)), access.group.value_or(static_cast<gid_t>(-1))) != 0)
        fail(path, "chown");
    if (::fchmod(fd, access.mode) != 0) fail(path, "chmod");
    if (!base::write_all(fd, text)) fail(path, "write");
    if (::fsync(fd) != 0) fail(path, "fsync");
}

}  // namespace

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void replace_file(const std::string& path, std::string_view text, const Access& access) {
    auto temporary = path + ".XXXXXX";
    const base::Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) fail(path, "making a file beside it");
    try {
        fill(fd.get(), temporary, text, access);
        if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "rename");
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    const auto directory = directory_of(path);
    const base::Fd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent || ::fsync(parent.get()) != 0) fail(directory, "fsync");
}

std::string read_file(const std::string& path) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) fail(path, "open");
    std::string out;
    char buffer[16384];
    for (;;) {
        const auto count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path, "read");
        if (count == 0 || out.size() + static_cast<std::size_t>(count) > kReadCap) return out;
        out.append(buffer, static_cast<std::size_t>(count));
    }
}

}  // namespace crmrelay::ctl
