// SPDX-License-Identifier: BSD-2-Clause
//
// A DNS server on loopback for one test: TXT records by name, over UDP. A name can be made to fail, to stay without an answer, or to have
// one that is cut off or broken.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/endpoint.hh"
#include "base/text.hh"
#include "ctl/dkim_record.hh"

namespace crmrelay::ctl::test {

class DnsServer {
public:
    enum class Fault { none, servfail, silent, truncated, broken };
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
        thread_ = std::thread([this] { serve(); });
    }
    ~DnsServer() {
        stop_ = true;
        thread_.join();
        ::close(fd_);
    }
    DnsServer(const DnsServer&) = delete;

    const base::Endpoint& endpoint() const { return endpoint_; }
    int questions() const { return questions_; }

private:
    void serve() {
        while (!stop_) {
            pollfd ready{fd_, POLLIN, 0};
            if (::poll(&ready, 1, 20) != 1) continue;
            char packet[1500];
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            const auto count = ::recvfrom(fd_, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (count < 12) continue;
            ++questions_;
            const auto reply = answer(std::string(packet, static_cast<std::size_t>(count)));
            if (!reply.empty()) ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
        }
    }

    static std::string two(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

    static std::string wire_name(const std::string& name) {
        std::string out;
        for (const auto label : base::split(name, '.')) out += static_cast<char>(label.size()) + std::string(label);
        return out + '\0';
    }

    std::string answer(const std::string& question) const {
        std::string name;
        std::size_t at = 12;
        while (at < question.size() && question[at] != 0) {
            const auto length = static_cast<unsigned char>(question[at]);
            name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
            at += length + 1U;
        }
        const auto asked = question.substr(12, at + 5 - 12);
        const auto found = zone_.find(base::lower(name));
        const auto fault = found == zone_.end() ? Fault::none : found->second.fault;
        if (fault == Fault::silent) return {};
        std::string records;
        std::size_t count = 0;
        std::string owner = two(0xc00c);
        if (found != zone_.end() && !found->second.alias.empty()) {
            const auto target = wire_name(found->second.alias);
            records += owner + two(5) + two(1) + two(0) + two(60) + two(target.size()) + target;
            owner = target;
            ++count;
        }
        if (found != zone_.end() && (fault == Fault::none || fault == Fault::broken))
            for (const auto& text : found->second.texts) {
                std::string data;
                for (const auto& string : txt_strings(text)) data += static_cast<char>(string.size()) + string;
                records += owner + two(16) + two(1) + two(0) + two(60) + two(fault == Fault::broken ? data.size() + 99 : data.size()) + data;
                ++count;
            }
        const int code = found == zone_.end() ? 3 : fault == Fault::servfail ? 2 : 0;
        const std::size_t flags = 0x8180U | static_cast<std::size_t>(code) | (fault == Fault::truncated ? 0x0200U : 0U);
        return question.substr(0, 2) + two(flags) + two(1) + two(count) + two(0) + two(0) + asked + records;
    }

    std::map<std::string, Entry> zone_;
    base::Endpoint endpoint_;
    int fd_ = -1;
    std::atomic<bool> stop_{false};
    std::atomic<int> questions_{0};
    std::thread thread_;
};

}  // namespace crmrelay::ctl::test
