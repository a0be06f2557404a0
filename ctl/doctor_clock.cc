// SPDX-License-Identifier: BSD-2-Clause
//
// The host below crmrelay: its clock, by which tokens live and days end; and the room that the store has left.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ctl/doctor_parts.hh"
#include "ctl/replace_file.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kAheadMost = 300;                 // that a record may lie ahead: another server's clock
constexpr base::Seconds kBuilt = 1'735'689'600;           // 2025-01-01: no clock of this program's time shows less
constexpr std::uint64_t kMega = 1 << 20;
constexpr std::uint64_t kLittle = 512 * kMega, kNearlyNothing = 64 * kMega;   // of free disk
constexpr unsigned kLittlePercent = 5;

base::Seconds newest_record(store::Store& store, const std::vector<const conf::Domain*>& domains) {
    base::Seconds out = 0;
    for (const auto* domain : domains)
        if (const auto message = store.last_relayed(domain->name)) out = std::max(out, message->relayed_at);
    store::Store::EventQuery last;
    last.limit = 1;
    for (const auto& event : store.events(last)) out = std::max(out, event.time);
    return out;
}

// The kernel's own word. Without systemd (a container) the clock is the host's affair, and what the kernel says here proves nothing.
bool is_unsynchronised() {
    timex state{};
    const int said = ::adjtimex(&state);
    return (said == TIME_ERROR || (state.status & STA_UNSYNC) != 0) && ::access("/run/systemd/system", F_OK) == 0;
}

std::uint64_t size_of(const std::string& path) {
    struct stat st{};
    return ::stat(path.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
}

std::string shown_size(std::uint64_t octets) {
    if (octets < 10 * kMega) return fmt::format("{} KiB", octets >> 10);
    return octets < 10'000 * kMega ? fmt::format("{} MiB", octets >> 20) : fmt::format("{} GiB", octets >> 30);
}

}  // namespace

Findings doctor_clock(const Examination& about) {
    const auto& tr = about.scene.tr;
    const std::string set = "timedatectl set-ntp true";
    if (about.now < kBuilt) return {{Level::fail, tr("the clock says {time}: it was never set", "time"_a = base::rfc3339(about.now)), set}};
    const auto newest = about.store ? newest_record(*about.store, about.domains) : 0;
    if (newest > about.now + kAheadMost)
        return {{Level::fail, tr("the clock says {time}, and the store has a record of {newest}: one of the two is wrong", "time"_a = base::rfc3339(about.now), "newest"_a = base::rfc3339(newest)), set}};
    if (is_unsynchronised()) return {{Level::warn, tr("the clock says {time}, and nothing keeps it right (the kernel calls it unsynchronised)", "time"_a = base::rfc3339(about.now)), set}};
    return {{Level::ok, tr("the clock says {time}, later than every record", "time"_a = base::rfc3339(about.now)), ""}};
}

Findings doctor_disk(const Examination& about) {
    const auto& tr = about.scene.tr;
    constexpr std::string_view kScheme = "sqlite://";
    const auto& url = about.scene.config.service.store;
    if (!url.starts_with(kScheme)) return {};
    const auto path = url.substr(kScheme.size());
    const auto folder = directory_of(path);
    struct statvfs disk{};
    if (::statvfs(folder.c_str(), &disk) != 0) return {{Level::fail, fmt::format("{}: {}", folder, std::strerror(errno)), ""}};
    const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize, total = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    const auto percent = total == 0 ? 100 : free * 100 / total;
    const auto words = tr("store {path}: {size}, and {free} free on its disk ({percent} %)", "path"_a = path, "size"_a = shown_size(size_of(path) + size_of(path + "-wal")),
                          "free"_a = shown_size(free), "percent"_a = percent);
    const auto mend = tr("make room on the disk of {folder}, or lower retain_days", "folder"_a = folder);
    if (free < kNearlyNothing) return {{Level::fail, words, mend}};
    if (free < kLittle && percent < kLittlePercent) return {{Level::warn, words, mend}};
    return {{Level::ok, words, ""}};
}

}  // namespace crmrelay::ctl
