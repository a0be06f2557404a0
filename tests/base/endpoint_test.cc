// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/endpoint.cc.
#include "base/endpoint.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "tests/base/folder.hh"

using namespace crmrelay::base;
using crmrelay::base::tests::Folder;

namespace {

Endpoint at(const std::string& path) { return *Endpoint::parse("unix:" + path); }

// A port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port() {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

std::string own_group() { return ::getgrgid(::getegid())->gr_name; }

// What listen_on says; nothing where it listens.
std::string refusal(const Endpoint& endpoint) {
    try {
        listen_on(endpoint, "", false);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

int int_option(const Fd& fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    ::getsockopt(fd.get(), level, name, &value, &length);
    return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(endpoints_are_parsed_and_printed) {
    static const std::string kLongest = "/" + std::string(106, 'x');
    static const struct {
        std::string text, want_error;  // a part of it; empty: it is printed as it was read
    } kTable[] = {
        {"unix:/run/crmrelay/x.sock", ""},
        {"inet:8891@127.0.0.1", ""},
        {"inet:8891@::1", ""},
        {"unix:" + kLongest, ""},
        {"unix:" + kLongest + "x", "longer than the 107 octets"},
        {"unix:", "absolute path"},
        {"unix:crmrelay/x.sock", "absolute path"},
        {std::string("unix:/a\0b", 9), "NUL"},
        {"inet:8891", "write unix:/PATH or inet:PORT@HOST"},
        {"/run/x.sock", "write unix:/PATH or inet:PORT@HOST"},
        {"inet:0@127.0.0.1", "from 1 to 65535"},
        {"inet:65536@127.0.0.1", "from 1 to 65535"},
        {"inet:@127.0.0.1", "from 1 to 65535"},
        {"inet:25@localhost", "not a name"},
        {"inet:25@", "not a name"},
        {std::string("inet:25@127.0.0.1\0x", 19), "NUL"},
        {"inet:\n@x", "\"inet:?@x\""},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.text) {
            const auto endpoint = Endpoint::parse(row.text);
            BOOST_TEST(endpoint.ok() == row.want_error.empty());
            if (endpoint)
                BOOST_TEST(endpoint->text() == row.text);
            else
                BOOST_TEST(endpoint.error().find(row.want_error) != std::string::npos, endpoint.error());
        }
}

BOOST_AUTO_TEST_CASE(a_socket_gets_its_mode) {
    static const struct {
        std::string group;
        bool open_to_all;
        mode_t want;
    } kTable[] = {
        {"", false, 0600}, {"", true, 0666}, {own_group(), false, 0660},
        {own_group(), true, 0660}, {"no-such-group", false, 0600}, {"no-such-group", true, 0666},
    };
    const Folder folder;
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.group << " " << row.open_to_all) {
            const Fd fd = listen_on(at(folder.file("s")), row.group, row.open_to_all);
            struct stat st{};
            BOOST_REQUIRE(::stat(folder.file("s").c_str(), &st) == 0);
            BOOST_TEST((st.st_mode & 07777) == row.want);
        }
}

BOOST_AUTO_TEST_CASE(root_gives_a_socket_to_its_owner) {
    const passwd* nobody = ::getpwnam("nobody");
    if (::geteuid() != 0 || !nobody) return;
    const Folder folder;
    const Fd fd = listen_on(at(folder.file("s")), own_group(), false, "nobody");
    struct stat st{};
    BOOST_REQUIRE(::stat(folder.file("s").c_str(), &st) == 0);
    BOOST_TEST(st.st_uid == nobody->pw_uid);
    BOOST_TEST((st.st_mode & 07777) == 0660u);
}

BOOST_AUTO_TEST_CASE(a_socket_that_nobody_serves_is_replaced) {
    const Folder folder;
    { const Fd former = listen_on(at(folder.file("s")), "", false); }
    const Fd fd = listen_on(at(folder.file("s")), "", false);
    BOOST_CHECK_NO_THROW(connect_to(at(folder.file("s")), 5));
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_served_is_left_alone) {
    const Folder folder;
    const auto endpoint = at(folder.file("s"));
    const Fd server = listen_on(endpoint, "", false);
    BOOST_TEST(refusal(endpoint) == endpoint.text() + ": another process serves this socket; stop it first");
    BOOST_CHECK_NO_THROW(connect_to(endpoint, 5));
}

BOOST_AUTO_TEST_CASE(a_server_too_busy_to_answer_is_left_alone) {
    const Folder folder;
    const auto endpoint = at(folder.file("s"));
    const Fd server = listen_on(endpoint, "", false);
    ::listen(server.get(), 0);
    std::vector<Fd> waiting;
    try {
        while (waiting.size() < 50) waiting.push_back(connect_to(endpoint, 1));
    } catch (const std::system_error&) {
    }
    BOOST_REQUIRE(waiting.size() < 50u);  // the queue is full
    BOOST_TEST(refusal(endpoint) == endpoint.text() + ": another process serves this socket; stop it first");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_left_alone) {
    const Folder folder;
    std::ofstream(folder.file("s")) << "precious";
    BOOST_TEST(refusal(at(folder.file("s"))).find("a file that is no socket stands there; remove it") != std::string::npos);
    BOOST_TEST(std::filesystem::file_size(folder.file("s")) == 8u);
}

BOOST_AUTO_TEST_CASE(errors_name_the_endpoint) {
    const Folder folder;
    const auto missing = at(folder.file("no-such-folder/s"));
    BOOST_TEST(refusal(missing).starts_with(missing.text() + ": bind"));
    try {
        connect_to(missing, 1);
        BOOST_ERROR("connected to nothing");
    } catch (const std::system_error& error) {
        BOOST_TEST(std::string(error.what()).starts_with(missing.text() + ": connect"));
        BOOST_TEST(error.code().value() == ENOENT);
    }
}

BOOST_AUTO_TEST_CASE(tcp_listens_without_delay_and_does_not_block) {
    const auto endpoint = *Endpoint::parse(fmt::format("inet:{}@127.0.0.1", free_port()));
    const Fd server = listen_on(endpoint, "", false);
    BOOST_TEST(int_option(server, IPPROTO_TCP, TCP_NODELAY) != 0);
    BOOST_TEST((::fcntl(server.get(), F_GETFL) & O_NONBLOCK) != 0);
    BOOST_TEST((::fcntl(server.get(), F_GETFD) & FD_CLOEXEC) != 0);
    const Fd client = connect_to(endpoint, 5);
    BOOST_TEST(int_option(client, IPPROTO_TCP, TCP_NODELAY) != 0);
    BOOST_TEST((::fcntl(client.get(), F_GETFL) & O_NONBLOCK) == 0);
    BOOST_TEST(!refusal(endpoint).empty());
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_not_waited_for_longer_than_asked) {
    const Folder folder;
    const Fd server = listen_on(at(folder.file("s")), "", false);
    const Fd client = connect_to(at(folder.file("s")), 1);
    const auto start = std::chrono::steady_clock::now();
    char octet;
    BOOST_TEST(::recv(client.get(), &octet, 1, 0) < 0);
    BOOST_TEST(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 10.0);
}

BOOST_AUTO_TEST_SUITE_END()
