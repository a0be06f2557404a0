// SPDX-License-Identifier: BSD-2-Clause
//
// What the policy service is compared with: a single-threaded epoll server that answers each empty line with a fixed action and decides nothing.
//
//   echo_server unix:PATH | inet:PORT@HOST        ends at SIGTERM
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>

#include "base/endpoint.hh"

namespace {

using namespace crmrelay;

constexpr std::string_view kAnswer = "action=DUNNO\n\n";

void watch(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

// False where the client has gone.
bool serve(int fd, std::string& buffer) {
    char octets[16384];
    const auto n = ::read(fd, octets, sizeof octets);
    if (n <= 0) return false;
    buffer.append(octets, static_cast<std::size_t>(n));
    for (std::size_t end; (end = buffer.find("\n\n")) != std::string::npos; buffer.erase(0, end + 2))
        if (::write(fd, kAnswer.data(), kAnswer.size()) < 0) return false;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const auto endpoint = base::Endpoint::parse(argc == 2 ? argv[1] : "");
    if (!endpoint) {
        fmt::print(stderr, "echo_server: {}\n", endpoint.error());
        return 2;
    }
    const auto listening = base::listen_on(*endpoint, "", true);
    const base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    watch(epoll.get(), listening.get());
    std::map<int, std::pair<base::Fd, std::string>> clients;
    for (;;) {
        epoll_event events[64];
        const int n = ::epoll_wait(epoll.get(), events, 64, -1);
        for (int i = 0; i < n; ++i) {
            const int fd = events[i].data.fd;
            if (fd == listening.get()) {
                base::Fd client(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
                if (!client) continue;
                const int number = client.get();
                watch(epoll.get(), number);
                clients[number] = std::pair(std::move(client), std::string());
            } else if (!serve(fd, clients[fd].second)) {
                clients.erase(fd);
            }
        }
    }
}
