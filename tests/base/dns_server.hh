// SPDX-License-Identifier: BSD-2-Clause
//
// A DNS server on loopback for one test: TXT records by name, over UDP, and over TCP what is cut there. A name can be made to fail, to stay without
// an answer, or to have one that is broken. It is a process of its own: the code under test forks, and a fork beside a thread that allocates can
// find AddressSanitizer's allocator locked for good.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/endpoint.hh"
#include "base/text.hh"

namespace crmrelay::base::tests {

class DnsServer {
public:
    // cut: truncated over UDP, whole over TCP; truncated: over UDP, and TCP does not answer. old: knows no EDNS. stranger: answers another id first.
    enum class Fault { none, servfail, silent, cut, truncated, broken, old, stranger };
    struct Entry {
        std::vector<std::string> texts;   // none: the name is there without a TXT record
        Fault fault = Fault::none;
        std::string alias;                // a CNAME before the answer
    };

    explicit DnsServer(std::map<std::string, Entry> zone, bool version6 = false) : zone_(std::move(zone)) {
        fd_ = ::socket(version6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_storage at{};
        socklen_t size = version6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
        if (version6) {
            auto& six = reinterpret_cast<sockaddr_in6&>(at);
            six.sin6_family = AF_INET6;
            six.sin6_addr = in6addr_loopback;
        } else {
            auto& four = reinterpret_cast<sockaddr_in&>(at);
            four.sin_family = AF_INET;
            four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        }
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
            throw std::runtime_error("a DNS server cannot be bound");
        endpoint_.is_unix = false;
        endpoint_.host = version6 ? "::1" : "127.0.0.1";
        endpoint_.port = ntohs(version6 ? reinterpret_cast<sockaddr_in6&>(at).sin6_port : reinterpret_cast<sockaddr_in&>(at).sin_port);
        tcp_ = ::socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(tcp_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(tcp_, 4) != 0) throw std::runtime_error("a DNS server cannot be bound to TCP");
        void* const shared = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int ends[2];
        if (shared == MAP_FAILED || ::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("a DNS server cannot be started");
        counts_ = new (shared) Counts;
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("a DNS server cannot be started");
        if (process_ == 0) {
            ::close(ends[1]);
            serve(ends[0]);
            ::_exit(0);
        }
        ::close(ends[0]);
        stop_ = ends[1];
    }
    ~DnsServer() {
        ::close(stop_);
        ::waitpid(process_, nullptr, 0);
        ::munmap(counts_, sizeof(Counts));
        ::close(fd_);
        ::close(tcp_);
    }
    DnsServer(const DnsServer&) = delete;

    const Endpoint& endpoint() const { return endpoint_; }
    int questions() const { return counts_->questions; }
    int streams() const { return counts_->streams; }

private:
    struct Counts {
        std::atomic<int> questions{0}, streams{0};
    };

    // Until the other end of `stop` is closed, or its process is gone.
    void serve(int stop) {
        for (;;) {
            pollfd ready[3] = {{fd_, POLLIN, 0}, {tcp_, POLLIN, 0}, {stop, POLLIN, 0}};
            if (::poll(ready, 3, -1) < 1) continue;
            if (ready[2].revents) return;
            if (ready[1].revents) serve_stream();
            if (!ready[0].revents) continue;
            char packet[1500];
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            const auto count = ::recvfrom(fd_, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (count < 12) continue;
            ++counts_->questions;
            const auto send = [&](const std::string& reply) { ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size); };
            const std::string question(packet, static_cast<std::size_t>(count));
            const auto reply = answer(question, false);
            if (reply.empty()) continue;
            if (fault_ == Fault::stranger) {
                auto other = reply;
                other[0] = static_cast<char>(other[0] + 1);
                send(other);
            }
            send(reply);
        }
    }

    void serve_stream() {
        const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
        char packet[1500];
        const auto count = ::recv(fd, packet, sizeof packet, 0);   // a test's question comes in one piece
        ++counts_->streams;
        const auto reply = count > 14 ? answer(std::string(packet + 2, static_cast<std::size_t>(count - 2)), true) : "";
        const auto framed = reply.empty() ? "" : two(reply.size()) + reply;
        ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
        ::close(fd);
    }

    static std::string two(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

    static std::string wire_name(const std::string& name) {
        std::string out;
        for (const auto label : split(name, '.')) out += static_cast<char>(label.size()) + std::string(label);
        return out + '\0';
    }

    std::string answer(const std::string& question, bool stream) {
        std::string name;
        std::size_t at = 12;
        while (at < question.size() && question[at] != 0) {
            const auto length = static_cast<unsigned char>(question[at]);
            name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
            at += length + 1U;
        }
        const auto asked = question.substr(12, at + 5 - 12);
        const auto found = zone_.find(lower(name));
        const auto fault = found == zone_.end() ? Fault::none : found->second.fault;
        fault_ = fault;
        if (fault == Fault::silent || (stream && fault == Fault::truncated)) return {};
        const bool cut = !stream && (fault == Fault::cut || fault == Fault::truncated), knows_not = fault == Fault::old && question[11] != 0;
        std::string records;
        std::size_t count = 0;
        std::string owner = two(0xc00c);
        if (found != zone_.end() && !found->second.alias.empty()) {
            const auto target = wire_name(found->second.alias);
            records += owner + two(5) + two(1) + two(0) + two(60) + two(target.size()) + target;
            owner = target;
            ++count;
        }
        if (found != zone_.end() && fault != Fault::servfail && !cut && !knows_not)
            for (const auto& text : found->second.texts) {
                std::string data;
                for (std::size_t from = 0; from == 0 || from < text.size(); from += 255) data += static_cast<char>(std::min<std::size_t>(255, text.size() - from)) + text.substr(from, 255);
                records += owner + two(16) + two(1) + two(0) + two(60) + two(fault == Fault::broken ? data.size() + 99 : data.size()) + data;
                ++count;
            }
        const int code = found == zone_.end() ? 3 : fault == Fault::servfail ? 2 : knows_not ? 1 : 0;
        const std::size_t flags = 0x8180U | static_cast<std::size_t>(code) | (cut ? 0x0200U : 0U);
        return question.substr(0, 2) + two(flags) + two(1) + two(count) + two(0) + two(0) + asked + records;
    }

    std::map<std::string, Entry> zone_;
    Endpoint endpoint_;
    int fd_ = -1, tcp_ = -1;
    Fault fault_ = Fault::none;   // of the name asked last
    Counts* counts_ = nullptr;   // shared with the process
    int stop_ = -1;
    pid_t process_ = -1;
};

}  // namespace crmrelay::base::tests
