// SPDX-License-Identifier: BSD-2-Clause
//
// A receiver of webhooks that answers 200 to everything, as fast as one thread can, and prints how many requests it has had when it is told to end.
// It checks nothing.
//
//   hook_sink PORT
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";

volatile sig_atomic_t ending = 0;

// Octets of the first request in `text`, 0 where it is not whole.
std::size_t request_in(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const auto at = text.find(kLength);
    const std::size_t body = at < end ? std::strtoul(text.data() + at + kLength.size(), nullptr, 10) : 0;
    const std::size_t whole = end + 4 + body;
    return whole <= text.size() ? whole : 0;
}

int listen_on(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 128) != 0) return -1;
    return fd;
}

void watch(int poll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

// What came, answered; false where the other side has gone.
bool serve(int fd, std::string& text, long& requests) {
    char room[65536];
    const auto count = ::read(fd, room, sizeof room);
    if (count <= 0) return false;
    text.append(room, static_cast<std::size_t>(count));
    while (const auto whole = request_in(text)) {
        text.erase(0, whole);
        ++requests;
        if (::write(fd, kAnswer.data(), kAnswer.size()) < 0) return false;
    }
    return true;
}

long run(int listener) {
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    watch(poll, listener);
    std::map<int, std::string> open;
    long requests = 0;
    while (!ending) {
        epoll_event events[64];
        const int count = ::epoll_wait(poll, events, 64, 1000);
        for (int i = 0; i < count; ++i) {
            const int fd = events[i].data.fd;
            if (fd == listener) {
                const int fresh = ::accept(listener, nullptr, nullptr);
                const int yes = 1;
                ::setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                if (fresh >= 0) watch(poll, fresh);
            } else if (!serve(fd, open[fd], requests)) {
                open.erase(fd);
                ::close(fd);
            }
        }
    }
    return requests;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: hook_sink PORT\n");
        return 2;
    }
    ::signal(SIGTERM, [](int) { ending = 1; });
    ::signal(SIGPIPE, SIG_IGN);
    const int listener = listen_on(std::atoi(argv[1]));
    if (listener < 0) {
        fmt::print(stderr, "hook_sink: port {} cannot be served\n", argv[1]);
        return 1;
    }
    fmt::print("{} requests\n", run(listener));
    return 0;
}
