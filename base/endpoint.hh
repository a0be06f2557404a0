// SPDX-License-Identifier: BSD-2-Clause
//
// Where a socket is: "unix:PATH" or "inet:PORT@HOST" (HOST an IPv4 or IPv6 address), as Postfix and libmilter write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hh"
#include "base/result.hh"

namespace crmrelay::base {

struct Endpoint {
    bool is_unix = true;
    std::string path;         // of a unix socket, absolute
    std::string host;         // of an inet socket, an address
    std::uint16_t port = 0;

    static Result<Endpoint> parse(std::string_view text);
    std::string text() const;
};

// A listening socket, non-blocking, close-on-exec. A unix socket file that nobody listens on any more is replaced; one that
// is served is an error. Its mode becomes 0660 with group `group` where the process may set that, else 0666 when `open_to_all`
// is set (an unprivileged run) and 0600 when not; started as root, its owner becomes `owner` where one is named. TCP sockets get
// TCP_NODELAY. Throws std::runtime_error, naming the endpoint.
Fd listen_on(const Endpoint& endpoint, const std::string& group, bool open_to_all, const std::string& owner = {});

// A connected blocking socket with send and receive time limits. Throws std::system_error.
Fd connect_to(const Endpoint& endpoint, int timeout_seconds);

}  // namespace crmrelay::base
