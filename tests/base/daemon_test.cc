// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/daemon.cc, in child processes.
#include "base/daemon.hh"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/base/child.hh"
#include "tests/base/folder.hh"

using namespace crmrelay::base;
using crmrelay::base::tests::Folder;
using crmrelay::base::tests::in_child;

namespace {

std::string read(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool appears(const std::string& file) {
    for (int i = 0; i < 500 && !std::filesystem::exists(file); ++i) ::usleep(10000);
    return std::filesystem::exists(file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(daemons)

BOOST_AUTO_TEST_CASE(options_are_read_or_refused) {
    static const struct {
        std::vector<const char*> arguments;
        int want_status;
        const char* want_output;  // a part of it
    } kTable[] = {
        {{}, 0, "config=/etc/default.toml test=false foreground=false verbose=false\n"},
        {{"-c", "/x.toml", "-t"}, 0, "config=/x.toml test=true foreground=false verbose=false\n"},
        {{"-fv"}, 0, "config=/etc/default.toml test=false foreground=true verbose=true\n"},
        {{"-c", "x.toml"}, 0, "config=/tmp/x.toml "},
        {{"--version"}, 0, "prog 1.2.3\n"},
        {{"--help"}, 0, "usage: prog [-c FILE] [-t] [-f] [-v] [--version]\n"},
        {{"-h"}, 0, "-t         test this and that, print what is wrong, exit 0 or 1; \"crmrelayctl check\" tests all\n"},
        {{"-x"}, 2, "usage: prog"},
        {{"-c"}, 2, "usage: prog"},
        {{"-t", "extra"}, 2, "prog: unexpected argument \"extra\"\nusage: prog"},
    };
    for (const auto& row : kTable) {
        const auto ended = in_child([&] {
            if (::chdir("/tmp") != 0) return 98;
            std::vector<char*> argv{const_cast<char*>("prog")};
            for (const char* argument : row.arguments) argv.push_back(const_cast<char*>(argument));
            const int argc = static_cast<int>(argv.size());
            argv.push_back(nullptr);
            const auto options = parse_daemon_options(argc, argv.data(), "prog", "/etc/default.toml", "1.2.3", "this and that");
            fmt::print("config={} test={} foreground={} verbose={}\n", options.config, options.test, options.foreground, options.verbose);
            return 0;
        });
        BOOST_TEST(ended.status == row.want_status);
        BOOST_TEST(ended.output.find(row.want_output) != std::string::npos, ended.output);
    }
}

BOOST_AUTO_TEST_CASE(becoming_a_user) {
    const passwd* nobody = ::getpwnam("nobody");
    BOOST_REQUIRE(nobody);
    const uid_t uid = nobody->pw_uid;
    const gid_t gid = nobody->pw_gid;
    const bool root = ::geteuid() == 0;
    static const struct {
        const char* about;
        bool as_nobody;  // drop root first
        const char* user;
        const char* want_error;
    } kTable[] = {
        {"an unknown user", false, "no-such-user", "user \"no-such-user\" does not exist: create it or set [service] user"},
        {"root becomes a user", false, "nobody", ""},
        {"root stays root where it is told so", false, "root", ""},
        {"the same user", true, "nobody", ""},
        {"another user without root", true, "root", "cannot become user \"root\" without root: start as root or set [service] user to the present one"},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.about) {
            if (!root && (row.as_nobody || *row.want_error == '\0')) continue;
            const auto ended = in_child([&] {
                if (row.as_nobody && ::setuid(uid) != 0) return 98;
                become_user(row.user);
                if (std::string(row.user) == "root") return ::geteuid() == 0 ? 0 : 97;
                if (::getuid() != uid || ::geteuid() != uid || ::setuid(0) == 0) return 96;
                gid_t groups[64];
                const int count = ::getgroups(64, groups);
                return row.as_nobody || (::getgid() == gid && count == 1 && groups[0] == gid) ? 0 : 95;
            });
            BOOST_TEST(ended.output == row.want_error);
            BOOST_TEST(ended.status == (*row.want_error ? 99 : 0));
        }
}

BOOST_AUTO_TEST_CASE(the_starter_waits_until_the_daemon_is_ready) {
    const Folder folder;
    const std::string before = folder.file("before"), after = folder.file("after");
    const auto ended = in_child([&] {
        const pid_t starter = ::getpid();
        ::unsetenv("NOTIFY_SOCKET");
        Background background(false);
        ::close(STDOUT_FILENO);  // else the test would wait for the daemon by itself
        ::close(STDERR_FILENO);
        ::usleep(200000);
        std::ofstream(before) << "x";
        background.ready();
        const bool detached = ::getpid() != starter && ::getsid(0) == ::getpid() && std::filesystem::current_path() == "/" &&
                              ::isatty(STDIN_FILENO) == 0;
        std::ofstream(after + ".new") << (detached ? "detached" : "attached");
        std::filesystem::rename(after + ".new", after);
        return 0;
    });
    BOOST_TEST(ended.status == 0);
    BOOST_TEST(std::filesystem::exists(before));
    BOOST_REQUIRE(appears(after));
    BOOST_TEST(read(after) == "detached");
}

BOOST_AUTO_TEST_CASE(the_starter_fails_where_the_daemon_dies_first) {
    static const struct {
        const char* about;
        int (*die)();
    } kTable[] = {
        {"it leaves with an error", [] { return 3; }},
        {"it leaves with 0 without having served", [] { return 0; }},
        {"it is killed", [] { return ::kill(::getpid(), SIGKILL); }},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.about) {
            const auto ended = in_child([&] {
                ::unsetenv("NOTIFY_SOCKET");
                const Background background(false);
                std::fputs("why it died\n", stderr);
                return row.die();
            });
            BOOST_TEST(ended.status == 1);
            BOOST_TEST(ended.output == "why it died\n");
        }
}

BOOST_AUTO_TEST_CASE(the_foreground_needs_no_second_process) {
    const auto ended = in_child([] {
        const pid_t pid = ::getpid();
        ::unsetenv("NOTIFY_SOCKET");
        Background background(true);
        background.ready();
        fmt::print("still heard");
        return ::getpid() == pid ? 0 : 1;
    });
    BOOST_TEST(ended.status == 0);
    BOOST_TEST(ended.output == "still heard");
}

BOOST_AUTO_TEST_CASE(a_service_manager_is_told) {
    const Folder folder;
    const Fd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, folder.file("notify").c_str());
    BOOST_REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const auto ended = in_child([&] {
        ::setenv("NOTIFY_SOCKET", address.sun_path, 1);
        const pid_t pid = ::getpid();
        Background background(false);
        background.ready();
        notify_reloading_done(true);
        notify_reloading_done(false);
        notify_stopping();
        return ::getpid() == pid ? 0 : 1;
    });
    BOOST_TEST(ended.status == 0);
    for (const char* want : {"READY=1", "READY=1\nSTATUS=serving",
                             "READY=1\nSTATUS=serving the former configuration: the new one is broken, see the log", "STOPPING=1"}) {
        char buffer[256];
        const auto n = ::recv(manager.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        BOOST_TEST(std::string(buffer, n > 0 ? static_cast<std::size_t>(n) : 0) == want);
    }
}

BOOST_AUTO_TEST_CASE(signals_reload_and_end) {
    static const struct {
        int signal;
    } kTable[] = {{SIGTERM}, {SIGINT}};
    for (const auto& row : kTable) {
        const auto ended = in_child([&] {
            prepare_process();
            int reloads = 0, ticks = 0;
            ::kill(::getpid(), SIGUSR1);
            serve_signals([&] { ++reloads; }, [&] {
                if (++ticks == 2) ::kill(::getpid(), row.signal);
            });
            return reloads == 1 && ticks == 2 ? 0 : 1;
        });
        BOOST_TEST(ended.status == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_prepared_process_survives_a_closed_pipe_and_makes_no_file_for_all) {
    const auto ended = in_child([] {
        prepare_process();
        int ends[2];
        if (::pipe(ends) != 0) return 98;
        ::close(ends[0]);
        return ::write(ends[1], "x", 1) < 0 && errno == EPIPE && ::umask(0) == 0007 ? 0 : 1;
    });
    BOOST_TEST(ended.status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
