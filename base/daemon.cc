// SPDX-License-Identifier: BSD-2-Clause
//
// What the three daemons do alike as processes. No threads are started here.
#include "base/daemon.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace crmrelay::base {

namespace {

constexpr int kWaited[] = {SIGTERM, SIGINT, SIGUSR1};

sigset_t waited_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : kWaited) sigaddset(&set, signal);
    return set;
}

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

DaemonOptions parse_daemon_options(int argc, char** argv, const char* program, const char* default_config, const char* version, const char* tested) {
    DaemonOptions out;
    out.config = default_config;
    static const option kLong[] = {{"help", no_argument, nullptr, 'h'}, {"version", no_argument, nullptr, 'V'}, {nullptr, 0, nullptr, 0}};
    const auto usage = fmt::format(
        "usage: {} [-c FILE] [-t] [-f] [-v] [--version]\n"
        "  -c FILE    configuration (default {})\n"
        "  -t         test {}, print what is wrong, exit 0 or 1; \"crmrelayctl check\" tests all\n"
        "  -f         stay in the foreground, log to standard error as well as syslog\n"
        "  -v         log more\n",
        program, default_config, tested);
    int c;
    while ((c = getopt_long(argc, argv, "c:tfvh", kLong, nullptr)) != -1) switch (c) {
            case 'c': out.config = optarg; break;
            case 't': out.test = true; break;
            case 'f': out.foreground = true; break;
            case 'v': out.verbose = true; break;
            case 'h': fmt::print("{}", usage); std::exit(0);
            case 'V': fmt::print("{} {}\n", program, version); std::exit(0);
            default: fmt::print(stderr, "{}", usage); std::exit(2);
        }
    if (optind != argc) {
        fmt::print(stderr, "{}: unexpected argument \"{}\"\n{}", program, argv[optind], usage);
        std::exit(2);
    }
    out.config = std::filesystem::absolute(out.config);  // the background is in another folder, and a reload opens the file again
    return out;
}

void become_user(const std::string& user) {
    errno = 0;
    const passwd* entry = ::getpwnam(user.c_str());
    if (!entry) throw std::runtime_error(fmt::format("user \"{}\" does not exist: create it or set [service] user", user));
    if (::geteuid() != 0) {
        if (::geteuid() == entry->pw_uid) return;
        throw std::runtime_error(fmt::format("cannot become user \"{}\" without root: start as root or set [service] user to the present one", user));
    }
    const uid_t uid = entry->pw_uid;
    const gid_t gid = entry->pw_gid;
    if (uid == 0) return;
    if (::initgroups(user.c_str(), gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0) fail(fmt::format("becoming user \"{}\"", user));
}

std::string group_of(const std::string& user) {
    const passwd* const entry = ::getpwnam(user.c_str());
    const group* const primary = entry ? ::getgrgid(entry->pw_gid) : nullptr;
    return primary ? primary->gr_name : "";
}

void prepare_process() {
    // A descriptor a session: the soft limit of 1024 that most systems set is for programs that use select(2).
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    const sigset_t set = waited_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::umask(0007);
}

void serve_signals(const std::function<void()>& reload, const std::function<void()>& tick) {
    const sigset_t set = waited_signals();
    for (;;) {
        const timespec second{1, 0};
        switch (::sigtimedwait(&set, nullptr, &second)) {
            case SIGTERM:
            case SIGINT: return;
            case SIGUSR1: reload(); break;
            default: break;
        }
        tick();
    }
}

Background::Background(bool stay_in_foreground) {
    if (stay_in_foreground || std::getenv("NOTIFY_SOCKET")) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child > 0) {
        ::close(ends[1]);
        char ready = 0;
        while (::read(ends[0], &ready, 1) < 0 && errno == EINTR) {
        }
        if (ready) ::_exit(0);
        ::waitpid(child, nullptr, 0);
        ::_exit(1);
    }
    ::setsid();
    ::close(ends[0]);
    pipe_ = Fd(ends[1]);
    if (::chdir("/") != 0) fail("chdir /");
}

void Background::ready() {
    ::sd_notify(0, "READY=1");
    if (!pipe_) return;
    if (::write(pipe_.get(), "1", 1) != 1) fail("telling the parent process");
    pipe_ = Fd();
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
}

void notify_reloading_done(bool ok) {
    ::sd_notify(0, ok ? "READY=1\nSTATUS=serving" : "READY=1\nSTATUS=serving the former configuration: the new one is broken, see the log");
}

void notify_stopping() { ::sd_notify(0, "STOPPING=1"); }

}  // namespace crmrelay::base
