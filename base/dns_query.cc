// SPDX-License-Identifier: BSD-2-Clause
//
// Sends questions. Each try has a socket of its own, connected, so that its port is fresh and the kernel drops what others send to it.
#include "base/dns_query.hh"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/fd.hh"
#include "base/text.hh"
#include "base/dns_message.hh"

namespace crmrelay::base {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTry{2000};
constexpr milliseconds kLook{100};   // how late `stop` may be seen
constexpr int kRounds = 2;

struct Server {
    sockaddr_storage address{};
    socklen_t length = 0;
    std::string text;
};

std::optional<Server> server_of(const Endpoint& endpoint) {
    const auto& host = endpoint.host;
    const auto port = endpoint.port;
    Server out;
    out.text = fmt::format("{}:{}", host, port);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.address);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.address);
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        out.length = sizeof *v4;
        return out;
    }
    if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        out.length = sizeof *v6;
        return out;
    }
    return {};
}

// A try's own end and the budget's, whichever is first.
DnsBudget at_most(const DnsBudget& budget, milliseconds time) { return {std::min(budget.deadline, Clock::now() + time), budget.stop}; }

bool ready(const Fd& fd, short what, const DnsBudget& budget) {
    while (!budget.spent()) {
        pollfd one{fd.get(), what, 0};
        const int got = ::poll(&one, 1, static_cast<int>(std::min(budget.left(), kLook).count()) + 1);
        if (got > 0) return true;
        if (got < 0 && errno != EINTR) return false;
    }
    return false;
}

Fd connected(const Server& server, int kind) {
    Fd fd(::socket(server.address.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return {};
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&server.address), server.length) != 0 && errno != EINPROGRESS) return {};
    return fd;
}

bool send_all(const Fd& fd, std::string_view data, const DnsBudget& budget) {
    while (!data.empty()) {
        const auto sent = ::send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL);
        if (sent > 0) data.remove_prefix(static_cast<std::size_t>(sent));
        else if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN) return false;
        if (!data.empty() && !ready(fd, POLLOUT, budget)) return false;
    }
    return true;
}

bool read_exactly(const Fd& fd, std::string& out, std::size_t want, const DnsBudget& budget) {
    out.resize(want);
    for (std::size_t have = 0; have < want;) {
        const auto got = ::recv(fd.get(), out.data() + have, want - have, 0);
        if (got > 0) {
            have += static_cast<std::size_t>(got);
            continue;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)) return false;
        if (!ready(fd, POLLIN, budget)) return false;
    }
    return true;
}

using Tried = Result<DnsReply>;

Tried by_tcp(const Server& server, const std::string& question, DnsType type, const DnsBudget& budget) {
    const auto fd = connected(server, SOCK_STREAM);
    const Error failed{fmt::format("{} answers no question by TCP", server.text)};
    if (!fd || !ready(fd, POLLOUT, budget)) return failed;
    std::string framed{static_cast<char>(question.size() >> 8), static_cast<char>(question.size() & 0xff)};
    framed += question;
    std::string length, message;
    if (!send_all(fd, framed, budget) || !read_exactly(fd, length, 2, budget)) return failed;
    const auto octets = static_cast<std::size_t>(static_cast<unsigned char>(length[0])) << 8 | static_cast<unsigned char>(length[1]);
    if (!read_exactly(fd, message, octets, budget)) return failed;
    auto reply = read_dns_reply(message, question, type);
    if (reply && !reply->ours) return Error{fmt::format("{} answers another question", server.text)};
    return reply;
}

Tried by_udp(const Server& server, const std::string& question, DnsType type, const DnsBudget& budget) {
    const auto fd = connected(server, SOCK_DGRAM);
    if (!fd || ::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0)
        return Error{fmt::format("{} cannot be reached: {}", server.text, std::strerror(errno))};
    std::string message(65536, '\0');
    while (ready(fd, POLLIN, budget)) {
        const auto got = ::recv(fd.get(), message.data(), message.size(), 0);
        if (got < 0) {
            if (errno == EAGAIN || errno == EINTR) continue;
            return Error{fmt::format("{} cannot be reached: {}", server.text, std::strerror(errno))};
        }
        const auto reply = read_dns_reply(std::string_view(message).substr(0, static_cast<std::size_t>(got)), question, type);
        if (reply && reply->ours) return reply;   // else it is not our answer: the right one may follow
    }
    return Error{fmt::format("no answer from {}", server.text)};
}

std::string rcode_words(int rcode) {
    switch (rcode) {
    case 1: return "FORMERR";
    case 2: return "SERVFAIL";
    case 4: return "NOTIMP";
    case 5: return "REFUSED";
    default: return fmt::format("code {}", rcode);
    }
}

std::uint16_t random_id() {
    std::uint16_t id = 0;
    if (::getrandom(&id, sizeof id, 0) != sizeof id) throw std::runtime_error("getrandom failed");
    return id;
}

std::vector<Endpoint> system_servers() {
    std::ifstream file("/etc/resolv.conf");
    return resolvers_in(std::string(std::istreambuf_iterator<char>(file), {}));
}

Tried one_try(const Server& server, const std::string& name, DnsType type, const DnsBudget& budget) {
    for (const bool edns : {true, false}) {
        const auto question = dns_question(random_id(), name, type, edns);
        if (!question) return Error{question.error()};
        auto reply = by_udp(server, *question, type, budget);
        if (reply && reply->truncated) reply = by_tcp(server, *question, type, budget);
        if (!reply || !edns || (reply->rcode != 1 && reply->rcode != 4)) return reply;   // an old server knows no EDNS
    }
    return Error{"not reached"};
}

}  // namespace

bool DnsBudget::spent() const { return (stop && *stop) || Clock::now() >= deadline; }

milliseconds DnsBudget::left() const {
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

std::vector<Endpoint> resolvers_in(std::string_view resolv_conf) {
    std::vector<Endpoint> out;
    for (const auto whole : split(resolv_conf, '\n')) {
        constexpr std::string_view word = "nameserver";
        if (!whole.starts_with(word) || out.size() == kMostDnsServers) continue;
        const auto host = trim(whole.substr(word.size()));
        Endpoint server{false, {}, std::string(host.substr(0, host.find_first_of(" \t#;%"))), 53};
        if (server_of(server)) out.push_back(std::move(server));
    }
    if (out.empty()) out.push_back({false, {}, "127.0.0.1", 53});
    return out;
}

DnsAnswer DnsClient::ask(const std::string& name, DnsType type, const DnsBudget& budget) const {
    std::vector<Server> servers;
    for (const auto& endpoint : servers_.empty() ? system_servers() : servers_)
        if (auto server = server_of(endpoint); server && servers.size() < kMostDnsServers) servers.push_back(*server);

    std::string trouble = servers.empty() ? "no resolver has an address that can be asked" : "no time was left to ask";
    for (int round = 0; round < kRounds; ++round)
        for (const auto& server : servers) {
            if (budget.spent()) break;
            auto reply = one_try(server, name, type, at_most(budget, kTry));
            if (!reply) trouble = reply.error();
            else if (reply->rcode == 0 || reply->rcode == 3) return std::move(reply->answer);
            else trouble = fmt::format("{} answers {}", server.text, rcode_words(reply->rcode));
        }
    DnsAnswer failed;
    failed.error = std::move(trouble);
    return failed;
}

}  // namespace crmrelay::base
