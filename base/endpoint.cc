// SPDX-License-Identifier: BSD-2-Clause
//
// Binds and dials unix and TCP sockets.
#include "base/endpoint.hh"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "base/text.hh"

namespace crmrelay::base {

namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address address_of(const Endpoint& endpoint) {
    Address out;
    if (endpoint.is_unix) {
        auto& un = reinterpret_cast<sockaddr_un&>(out.storage);
        un.sun_family = AF_UNIX;
        std::memcpy(un.sun_path, endpoint.path.c_str(), endpoint.path.size() + 1);  // parse() has checked the size
        out.length = sizeof un;
    } else if (auto& in = reinterpret_cast<sockaddr_in&>(out.storage); inet_pton(AF_INET, endpoint.host.c_str(), &in.sin_addr) == 1) {
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        out.length = sizeof in;
    } else {
        auto& in6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        inet_pton(AF_INET6, endpoint.host.c_str(), &in6.sin6_addr);
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(endpoint.port);
        out.length = sizeof in6;
    }
    return out;
}

[[noreturn]] void fail(const Endpoint& endpoint, const char* what) {
    throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", endpoint.text(), what));
}

void remove_stale(const Endpoint& endpoint, const Address& address) {
    struct stat st{};
    if (::lstat(endpoint.path.c_str(), &st) != 0) return;
    if (!S_ISSOCK(st.st_mode)) throw std::runtime_error(fmt::format("{}: a file that is no socket stands there; remove it", endpoint.text()));
    // Only a refused connection proves that nobody listens: a server with a full queue answers EAGAIN, another user's EACCES.
    const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!probe) fail(endpoint, "socket");
    if (::connect(probe.get(), address.get(), address.length) == 0 || errno != ECONNREFUSED)
        throw std::runtime_error(fmt::format("{}: another process serves this socket; stop it first", endpoint.text()));
    if (::unlink(endpoint.path.c_str()) != 0) fail(endpoint, "removing the socket that nobody serves");
}

// A set-group-ID folder has given it: then the process need not be of the group, nor be allowed to change groups.
bool has_group(const Endpoint& endpoint, gid_t group) {
    struct stat st{};
    return ::stat(endpoint.path.c_str(), &st) == 0 && st.st_gid == group;
}

void set_access(const Endpoint& endpoint, const std::string& group, bool open_to_all, const std::string& owner) {
    if (!owner.empty() && ::geteuid() == 0)
        if (const auto* entry = ::getpwnam(owner.c_str()); entry && ::chown(endpoint.path.c_str(), entry->pw_uid, static_cast<gid_t>(-1)) != 0)
            fail(endpoint, "chown");
    mode_t mode = open_to_all ? 0666 : 0600;
    if (!group.empty())
        if (const auto* entry = ::getgrnam(group.c_str());
            entry && (has_group(endpoint, entry->gr_gid) || ::chown(endpoint.path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) == 0))
            mode = 0660;
    if (::chmod(endpoint.path.c_str(), mode) != 0) fail(endpoint, "chmod");
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
    Endpoint out;
    if (text.find('\0') != std::string_view::npos) return Error{fmt::format("\"{}\": holds a NUL character", neuter(text))};
    if (text.starts_with("unix:")) {
        out.path = text.substr(5);
        if (out.path.empty() || out.path[0] != '/') return Error{fmt::format("\"{}\": a unix socket needs an absolute path", neuter(text))};
        if (out.path.size() >= sizeof(sockaddr_un::sun_path))
            return Error{fmt::format("\"{}\": longer than the {} octets that a socket path may have", neuter(text), sizeof(sockaddr_un::sun_path) - 1)};
        return out;
    }
    const auto at = text.find('@');
    if (!text.starts_with("inet:") || at == std::string_view::npos) return Error{fmt::format("\"{}\": write unix:/PATH or inet:PORT@HOST", neuter(text))};
    const auto port = parse_number(text.substr(5, at - 5));
    if (!port || *port == 0 || *port > 65535) return Error{fmt::format("\"{}\": the port is not a number from 1 to 65535", neuter(text))};
    out.is_unix = false;
    out.port = static_cast<std::uint16_t>(*port);
    out.host = text.substr(at + 1);
    unsigned char scratch[16];
    if (inet_pton(AF_INET, out.host.c_str(), scratch) != 1 && inet_pton(AF_INET6, out.host.c_str(), scratch) != 1)
        return Error{fmt::format("\"{}\": HOST is an IPv4 or IPv6 address, not a name", neuter(text))};
    return out;
}

std::string Endpoint::text() const { return is_unix ? "unix:" + path : fmt::format("inet:{}@{}", port, host); }

Fd listen_on(const Endpoint& endpoint, const std::string& group, bool open_to_all, const std::string& owner) {
    const Address address = address_of(endpoint);
    if (endpoint.is_unix) remove_stale(endpoint, address);
    Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) fail(endpoint, "socket");
    const int one = 1;
    if (!endpoint.is_unix) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (::bind(fd.get(), address.get(), address.length) != 0) fail(endpoint, "bind");
    if (endpoint.is_unix) set_access(endpoint, group, open_to_all, owner);
    if (::listen(fd.get(), 512) != 0) fail(endpoint, "listen");
    return fd;
}

Fd connect_to(const Endpoint& endpoint, int timeout_seconds) {
    const Address address = address_of(endpoint);
    Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) fail(endpoint, "socket");
    const timeval limit{timeout_seconds, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int one = 1;
    if (!endpoint.is_unix) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(fd.get(), address.get(), address.length) != 0) fail(endpoint, "connect");
    return fd;
}

}  // namespace crmrelay::base
