// SPDX-License-Identifier: BSD-2-Clause
//
// Finds and reads the files, hands their tables to the readers, and puts the problems into the order in which an editor meets them. Where domains.d is large,
// its files are read by a thread a processor, a part of the list each.
#include "conf/loader.hh"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <iterator>
#include <map>
#include <system_error>
#include <thread>
#include <tuple>

#include "base/fd.hh"
#include "base/result.hh"
#include "base/text.hh"
#include "conf/assemble.hh"
#include "conf/preset.hh"
#include "conf/service_reader.hh"

namespace crmrelay::conf {

namespace {

constexpr std::size_t kFileCap = 64 << 20;
constexpr std::size_t kFilesCap = 100000;   // in domains.d
constexpr std::size_t kFilesAlone = 64, kReaders = 8;   // so many files need no second thread; threads at most

// Everything that the files say, before it becomes a Config.
struct Reading {
    Problems problems;
    Service service = default_service();
    std::optional<DomainKeys> defaults;   // absent until the main file was parsed
    std::vector<DomainEntry> entries;
};

base::Error failure(int error, std::string_view hint) {
    return base::Error{fmt::format("cannot be read: {}{}", std::generic_category().message(error), hint)};
}

base::Error too_large() { return base::Error{fmt::format("larger than {} MiB; no configuration is", kFileCap >> 20)}; }

base::Result<std::string> read_file(const std::string& path) {
    // O_NONBLOCK: a FIFO in its place must not hang a daemon.
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat st{};
    if (!fd || ::fstat(fd.get(), &st) != 0) return failure(errno, errno == EACCES ? "; make it readable for the daemons' users" : "");
    if (!S_ISREG(st.st_mode)) return base::Error{"not a regular file; put the configuration into one"};
    if (static_cast<std::uint64_t>(st.st_size) > kFileCap) return too_large();
    std::string text;
    // One octet more than the file had, so that its end is seen; what grows meanwhile is read on, up to the cap.
    for (std::size_t room = static_cast<std::size_t>(st.st_size) + 1;; room = 65536) {
        const std::size_t size = text.size();
        text.resize(size + room);
        const auto count = ::read(fd.get(), text.data() + size, room);
        const int error = errno;
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) return text;
        if (count < 0 && error != EINTR) return failure(error, "");
        if (text.size() > kFileCap) return too_large();
    }
}

void read_domains(const Value& value, Problems& problems, std::vector<DomainEntry>& into) {
    if (!value.is_table()) return value.wrong_type("domain", "tables: [domain.\"example.com\"]");
    Table(value, "[domain]").each([&](std::string_view name, const Place& place, const Value& entry) {
        if (auto read = read_domain(name, place, entry, problems)) into.push_back(std::move(*read));
    });
}

void read_main(const Document& document, Problems& problems, Reading& into) {
    if (!document.root()) return;
    Table root(*document.root(), "this file");
    if (const auto service = root.take("service")) into.service = read_service(*service);
    const auto defaults = root.take("defaults");
    into.defaults = defaults ? read_defaults(*defaults) : DomainKeys{};
    if (const auto domains = root.take("domain")) read_domains(*domains, problems, into.entries);
    root.finish();
}

void read_part(const Document& document, Problems& problems, Reading& into) {
    if (!document.root()) return;
    Table(*document.root(), "this file").each([&](std::string_view key, const Place& place, const Value& value) {
        constexpr std::string_view kOnly = "files of domains.d hold [domain.\"…\"] tables only";
        if (key == "domain") read_domains(value, problems, into.entries);
        else if (key == "service" || key == "defaults") add_problem(problems, place, fmt::format("[{}] stands in the main file; {}", key, kOnly));
        else add_problem(problems, place, fmt::format("unknown key \"{}\"; {}", base::neuter(key, 64), kOnly));
    });
}

void read_into(const std::string& path, void (*read)(const Document&, Problems&, Reading&), Reading& reading) {
    const auto text = read_file(path);
    if (!text) return add_problem(reading.problems, {path, 0, 0}, text.error());
    Source source{path, reading.problems};
    read(Document(*text, source), reading.problems, reading);
}

// What the files say, added to `reading` in their order.
void read_parts(const std::vector<std::string>& parts, Reading& reading) {
    const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t count = parts.size() <= kFilesAlone ? 1 : std::min(processors, kReaders);
    std::vector<Reading> readings(count);
    const auto read = [&](std::size_t part) {
        for (std::size_t i = part * parts.size() / count; i < (part + 1) * parts.size() / count; ++i) read_into(parts[i], read_part, readings[part]);
    };
    std::vector<std::future<void>> others;   // in this thread, where no other can be had
    for (std::size_t part = 1; part < count; ++part) others.push_back(std::async(std::launch::async | std::launch::deferred, read, part));
    read(0);
    for (auto& other : others) other.get();
    for (auto& [problems, service, defaults, entries] : readings) {
        std::ranges::move(problems, std::back_inserter(reading.problems));
        std::ranges::move(entries, std::back_inserter(reading.entries));
    }
}

// The *.toml files of `folder` in the order of their names, without dot files. A folder that is not there holds none.
std::vector<std::string> list_parts(const std::string& folder, Problems& problems) {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
    if (!dir) {
        if (errno != ENOENT)
            add_problem(problems, {folder, 0, 0}, failure(errno, "; make it a folder that the daemons' users can read, or take it away").text);
        return out;
    }
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(dir.get());   // NOLINT: one thread uses this DIR
        if (!entry) break;
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && name.ends_with(".toml")) out.push_back(fmt::format("{}/{}", folder, name));
        if (out.size() > kFilesCap) {
            add_problem(problems, {folder, 0, 0}, fmt::format("holds more than {} files; put several domains into one file", kFilesCap));
            return {};
        }
    }
    if (errno != 0) add_problem(problems, {folder, 0, 0}, failure(errno, "").text);
    std::ranges::sort(out);
    return out;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "domains.d" : path.substr(0, slash + 1) + "domains.d";
}

// By file in the order they were read, then by place; each once: a fault of [defaults] is one fault, however many domains use it.
void put_in_order(Problems& problems, const std::vector<std::string>& files) {
    std::map<std::string_view, std::size_t> rank;
    for (const auto& file : files) rank.emplace(file, rank.size());
    const auto key = [&](const Problem& problem) { return std::tuple(rank[problem.file], problem.line, problem.column); };
    std::ranges::stable_sort(problems, {}, key);
    Problems once;
    std::size_t place = 0;   // of the first problem of this file, line and column
    for (auto& problem : problems) {
        if (!once.empty() && key(once.back()) != key(problem)) place = once.size();
        const bool told = std::any_of(once.begin() + static_cast<std::ptrdiff_t>(place), once.end(), [&](const Problem& other) { return other.text == problem.text; });
        if (!told) once.push_back(std::move(problem));
    }
    problems = std::move(once);
}

}  // namespace

std::string Problem::message() const {
    const auto shown = base::neuter(file, 4096);
    return line == 0 ? fmt::format("{}: {}", shown, text) : fmt::format("{}:{}:{}: {}", shown, line, column, text);
}

std::variant<Config, Problems> load(const std::string& path) {
    Reading reading;
    read_into(path, read_main, reading);
    const std::string folder = folder_of(path);
    const auto parts = list_parts(folder, reading.problems);
    read_parts(parts, reading);

    Config config;
    const auto preset_of = [&](std::string_view name) { return load_preset(reading.service.presets, name); };
    config.domains = assemble(reading.entries, reading.defaults, preset_of, reading.problems);
    if (!reading.problems.empty()) {
        std::vector<std::string> files = {path, folder};
        files.insert(files.end(), parts.begin(), parts.end());
        put_in_order(reading.problems, files);
        return std::move(reading.problems);
    }
    config.service = std::move(reading.service);
    build_lookups(config);
    return config;
}

}  // namespace crmrelay::conf
