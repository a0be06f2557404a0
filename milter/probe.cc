// SPDX-License-Identifier: BSD-2-Clause
//
// The first packet of the milter protocol, version 6, and its answer (libmilter/mfdef.h: SMFIC_OPTNEG, SMFIC_QUIT).
#include "milter/probe.hh"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/fd.hh"

namespace crmrelay::milter {

namespace {

using namespace std::string_view_literals;

// Length, command, version, all actions, all steps: an MTA that can everything.
constexpr auto kNegotiate = "\0\0\0\x0d" "O" "\0\0\0\x06" "\0\0\x01\xff" "\0\x1f\xff\xff"sv;
constexpr auto kQuit = "\0\0\0\x01" "Q"sv;

bool read_all(int fd, char* into, std::size_t size) {
    while (size > 0) {
        const auto count = ::recv(fd, into, size, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        into += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

}  // namespace

bool answers(const base::Endpoint& endpoint, std::chrono::seconds limit) {
    const auto connected = base::connect_to(endpoint, static_cast<int>(limit.count()));
    std::array<char, 5> head{};
    if (!base::write_all(connected.get(), kNegotiate) || !read_all(connected.get(), head.data(), head.size()) || head[4] != 'O') return false;
    return base::write_all(connected.get(), kQuit);
}

}  // namespace crmrelay::milter
