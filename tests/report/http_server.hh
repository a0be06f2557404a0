// SPDX-License-Identifier: BSD-2-Clause
//
// An HTTP server on loopback that gives each request the answer it is told, as octets, and may keep silent.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace crmrelay::report::fixtures {

class HttpServer {
public:
    HttpServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0) throw std::runtime_error("no port");
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    ~HttpServer() {
        ending_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
        }
        for (auto& thread : threads_) thread.join();
        ::close(listener_);
    }

    std::string url(const std::string& host = "127.0.0.1") const { return "http://" + host + ":" + std::to_string(port) + "/hooks"; }
    void answer(std::string octets) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(octets);
    }
    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    int port = 0;
    std::atomic<int> connections{0};

private:
    void accept() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            ++connections;
            const std::lock_guard lock(mutex_);
            open_.push_back(fd);
            threads_.emplace_back([this, fd] { serve(fd); });
        }
    }

    void serve(int fd) {
        std::string text;
        char room[4096];
        for (;;) {
            const auto end = text.find("\r\n\r\n");
            const auto at = text.find("Content-Length: ");
            const std::size_t whole = end == std::string::npos ? 0 : end + 4 + (at < end ? std::stoul(text.substr(at + 16)) : 0);
            if (whole == 0 || text.size() < whole) {
                const auto count = ::read(fd, room, sizeof room);
                if (count <= 0) break;
                text.append(room, static_cast<std::size_t>(count));
                continue;
            }
            std::string answer;
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(text.substr(0, whole));
                answer = answer_;
            }
            text.erase(0, whole);
            if (answer == "reset") break;
            if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
        }
        const std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        ::close(fd);
    }

    const int listener_;
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::string answer_ = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    std::vector<std::string> requests_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace crmrelay::report::fixtures
