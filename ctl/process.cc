// SPDX-License-Identifier: BSD-2-Clause
//
// fork, exec, pipes and a time limit.
#include "ctl/process.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>

#include "base/daemon.hh"
#include "base/fd.hh"
#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

using base::Fd;

struct Pipe {
    Fd read, write;
};

Pipe make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    return {Fd(ends[0]), Fd(ends[1])};
}

std::string path_of(const std::string& program) {
    if (program.find('/') != std::string::npos) return program;
    const char* const path = std::getenv("PATH");
    const auto places = std::string(path ? path : "") + ":/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin";
    for (const auto place : base::split(places, ':')) {
        if (place.empty()) continue;
        auto file = fmt::format("{}/{}", place, program);
        if (::access(file.c_str(), X_OK) == 0) return file;
    }
    return {};
}

// Reads every pipe to its end; false where that takes longer than kRunSeconds.
bool read_all(const std::array<std::pair<int, std::string*>, 2>& from) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kRunSeconds);
    std::array<pollfd, 2> waits{{{from[0].first, POLLIN, 0}, {from[1].first, POLLIN, 0}}};
    while (waits[0].fd >= 0 || waits[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        if (::poll(waits.data(), waits.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
        for (std::size_t i = 0; i < waits.size(); ++i) {
            if (waits[i].fd < 0 || waits[i].revents == 0) continue;
            char buffer[8192];
            const auto count = ::read(waits[i].fd, buffer, sizeof buffer);
            if (count <= 0) waits[i].fd = -1;
            else if (auto& text = *from[i].second; text.size() < kOutputCap) text.append(buffer, static_cast<std::size_t>(count));
        }
    }
    return true;
}

int status_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What the program reads: a file in memory, that nobody need feed.
Fd file_of(const std::string& input) {
    if (input.empty()) return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Fd out(::memfd_create("input", MFD_CLOEXEC));
    if (!out || !base::write_all(out.get(), input) || ::lseek(out.get(), 0, SEEK_SET) != 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
    return out;
}

[[noreturn]] void become(const std::string& file, std::vector<char*>& argv, const Fd& input, const Pipe& out, const Pipe& error) {
    if (input) ::dup2(input.get(), 0);
    ::dup2(out.write.get(), 1);
    ::dup2(error.write.get(), 2);
    ::execv(file.c_str(), argv.data());
    ::_exit(127);
}

// A finding on a pipe: level, what, NUL, mend, NUL, domain, NUL.
std::string packed(const Findings& findings) {
    std::string out;
    for (const auto& finding : findings) {
        out += static_cast<char>('0' + static_cast<int>(finding.level));
        out += finding.what + '\0' + finding.mend + '\0' + finding.domain + '\0';
    }
    return out;
}

Findings unpacked(std::string_view text) {
    Findings out;
    while (!text.empty()) {
        Finding finding;
        finding.level = static_cast<Level>(text[0] - '0');
        const auto what = text.find('\0'), mend = text.find('\0', what + 1), domain = text.find('\0', mend + 1);
        if (domain == std::string_view::npos) break;
        finding.what = text.substr(1, what - 1);
        finding.mend = text.substr(what + 1, mend - what - 1);
        finding.domain = text.substr(mend + 1, domain - mend - 1);
        out.push_back(std::move(finding));
        text.remove_prefix(domain + 1);
    }
    return out;
}

Findings guarded(const std::function<Findings()>& look) {
    try {
        return look();
    } catch (const std::exception& e) {
        return {{Level::fail, e.what(), ""}};
    }
}

Findings look_as(const std::string& user, const std::function<Findings()>& look) {
    try {
        base::become_user(user);
    } catch (const std::exception& e) {
        return {{Level::fail, e.what(), fmt::format("adduser --system --group {}", user)}};
    }
    return guarded(look);
}

}  // namespace

bool is_installed(const std::string& program) { return !path_of(program).empty(); }

Ran run(const std::vector<std::string>& words, const std::string& input) {
    Ran out;
    const auto file = path_of(words.at(0));
    if (file.empty()) {
        out.error = fmt::format("{}: not found", words[0]);
        return out;
    }
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (auto& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    const auto in = file_of(input);
    auto output = make_pipe(), error = make_pipe();
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) become(file, argv, in, output, error);
    output.write = Fd();
    error.write = Fd();
    const bool ended = read_all({{{output.read.get(), &out.out}, {error.read.get(), &out.error}}});
    if (!ended) ::kill(child, SIGKILL);
    out.status = status_of(child);
    if (!ended) out.error = fmt::format("{}: no answer within {} seconds", words[0], kRunSeconds);
    return out;
}

Findings as_user(const std::string& user, const std::function<Findings()>& look) {
    if (::geteuid() != 0) return guarded(look);
    std::fflush(nullptr);
    auto pipe = make_pipe();
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        base::write_all(pipe.write.get(), packed(look_as(user, look)));
        ::_exit(0);
    }
    pipe.write = Fd();
    std::string text;
    const bool ended = read_all({{{pipe.read.get(), &text}, {-1, nullptr}}});
    if (!ended) ::kill(child, SIGKILL);
    const int status = status_of(child);
    auto out = unpacked(text);
    if (!ended) out.push_back({Level::fail, fmt::format("looking as user {}: no answer within {} seconds", user, kRunSeconds), ""});
    else if (status != 0) out.push_back({Level::fail, fmt::format("looking as user {} ended with status {}", user, status), ""});
    return out;
}

}  // namespace crmrelay::ctl
