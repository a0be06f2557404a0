// SPDX-License-Identifier: BSD-2-Clause
//
// A stub resolver for one kind of question: libresolv's own waits are not bounded over TCP, and it knows one set of servers a process.
#include "milter/key_lookup.hh"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "base/crypto.hh"
#include "base/text.hh"

namespace crmrelay::milter {

namespace {

using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kUdpSize = 1232;        // an answer that is not fragmented anywhere
constexpr std::size_t kNameCap = 253, kLabelCap = 63;
constexpr int kRounds = 2;

void put16(std::string& out, unsigned value) { out += {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)}; }

unsigned get16(const std::string& octets) { return static_cast<unsigned char>(octets[0]) * 256u + static_cast<unsigned char>(octets[1]); }

KeyAnswer trouble(std::string words) { return {KeyAnswer::Kind::trouble, std::move(words)}; }

bool readable(int fd, Clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0) return false;
        pollfd entry{fd, POLLIN, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

// A datagram socket that only takes what this server sends.
Result<base::Fd> udp_to(const base::Endpoint& server) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_DGRAM;
    if (const int why = ::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &found)) return Error{::gai_strerror(why)};
    const std::unique_ptr<addrinfo, decltype([](addrinfo* list) { ::freeaddrinfo(list); })> owner(found);
    base::Fd fd(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd || ::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) return Error{std::generic_category().message(errno)};
    return fd;
}

Result<TxtAnswer> ask_udp(const base::Endpoint& server, const std::string& query, const std::string& name, std::uint16_t id, Clock::time_point until) {
    auto fd = udp_to(server);
    if (!fd) return Error{fd.error()};
    if (::send(fd->get(), query.data(), query.size(), MSG_NOSIGNAL) < 0) return Error{std::generic_category().message(errno)};
    std::string buffer(kAnswerCap, '\0');
    while (readable(fd->get(), until)) {
        const auto size = ::recv(fd->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return Error{std::generic_category().message(errno)};
        if (size < 0) continue;
        auto answer = read_txt_answer(std::string_view(buffer).substr(0, static_cast<std::size_t>(size)), name, id);
        if (answer) return answer;   // what answers another question may be somebody else's: wait on
    }
    return Error{"no answer"};
}

bool read_all(int fd, std::string& into, Clock::time_point until) {
    for (std::size_t done = 0; done < into.size();) {
        if (!readable(fd, until)) return false;
        const auto size = ::recv(fd, into.data() + done, into.size() - done, MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return false;
        if (size > 0) done += static_cast<std::size_t>(size);
    }
    return true;
}

Result<TxtAnswer> ask_tcp(const base::Endpoint& server, const std::string& query, const std::string& name, std::uint16_t id, Clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(until - Clock::now()).count();
    const auto fd = base::connect_to(server, static_cast<int>(std::max<std::int64_t>(1, left)));
    std::string framed;
    put16(framed, static_cast<unsigned>(query.size()));
    framed += query;
    if (::send(fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(framed.size())) return Error{"it does not take the question over TCP"};
    std::string head(2, '\0');
    if (!read_all(fd.get(), head, until)) return Error{"no answer over TCP"};
    std::string body(get16(head), '\0');
    if (!read_all(fd.get(), body, until)) return Error{"no whole answer over TCP"};
    return read_txt_answer(body, name, id);
}

// One server's answer; a server that cannot answer is an Error.
Result<KeyAnswer> ask(const base::Endpoint& server, const std::string& name, Clock::time_point until) {
    const auto id = static_cast<std::uint16_t>(get16(base::random_octets(2)));
    const auto query = txt_query(name, id);
    if (!query) return KeyAnswer{KeyAnswer::Kind::none, {}};   // no such name can be
    auto got = ask_udp(server, *query, name, id, until);
    if (got && got->truncated) got = ask_tcp(server, *query, name, id, until);
    if (!got) return Error{got.error()};
    if (got->truncated) return Error{"its answer is truncated over TCP too"};
    if (got->answer.kind == KeyAnswer::Kind::trouble) return Error{got->answer.text};
    return got->answer;
}

KeyAnswer look_up(const std::vector<base::Endpoint>& resolvers, const std::string& name, KeyDeadline deadline) {
    std::string why = "there was no time left";
    for (int round = 0; round < kRounds; ++round)
        for (const auto& server : resolvers) {
            if (Clock::now() >= deadline) return trouble(why);
            try {
                auto answer = ask(server, name, std::min(deadline, Clock::now() + kResolverLimit));
                if (answer) return *answer;
                why = fmt::format("{}: {}", server.text(), answer.error());
            } catch (const std::system_error& problem) {
                why = fmt::format("{}: {}", server.text(), problem.what());
            }
        }
    return trouble(why);
}

// The strings of a TXT record are one text (RFC 6376 section 3.6.2.2).
std::string joined(std::string_view rdata) {
    std::string out;
    while (!rdata.empty()) {
        const auto size = std::min<std::size_t>(static_cast<unsigned char>(rdata.front()), rdata.size() - 1);
        out += rdata.substr(1, size);
        rdata.remove_prefix(1 + size);
    }
    return out.substr(0, out.find('\0'));
}

bool asks_for(ns_msg& message, std::string_view name) {
    ns_rr question;
    if (ns_msg_count(message, ns_s_qd) != 1 || ns_parserr(&message, ns_s_qd, 0, &question) != 0) return false;
    return ns_rr_type(question) == ns_t_txt && base::iequals(ns_rr_name(question), name);
}

}  // namespace

KeySource key_source(std::vector<base::Endpoint> resolvers) {
    if (resolvers.size() > kResolversMost) resolvers.resize(kResolversMost);
    return [resolvers = std::move(resolvers)](const std::string& name, KeyDeadline deadline) {
        if (!resolvers.empty()) return look_up(resolvers, name, deadline);
        std::ifstream in("/etc/resolv.conf");
        return look_up(resolvers_in(std::string(std::istreambuf_iterator<char>(in), {})), name, deadline);
    };
}

std::vector<base::Endpoint> resolvers_in(std::string_view resolv_conf) {
    std::vector<base::Endpoint> out;
    for (const auto whole : base::split(resolv_conf, '\n')) {
        auto line = base::trim(whole);
        if (!line.starts_with("nameserver") || out.size() == kResolversMost) continue;
        line = base::trim(line.substr(std::string_view("nameserver").size()));
        base::Endpoint server{false, {}, std::string(line.substr(0, line.find_first_of(" \t#;"))), 53};
        if (!server.host.empty()) out.push_back(std::move(server));
    }
    if (out.empty()) out.push_back({false, {}, "127.0.0.1", 53});
    return out;
}

Result<std::string> txt_query(std::string_view name, std::uint16_t id) {
    std::string out;
    put16(out, id);
    put16(out, 0x0100);                                                   // recursion desired
    for (const unsigned count : {1u, 0u, 0u, 1u}) put16(out, count);
    if (name.size() > kNameCap) return Error{"longer than a domain name can be"};
    for (const auto label : base::split(name, '.')) {
        if (label.empty() || label.size() > kLabelCap) return Error{"an empty or too long label"};
        out += static_cast<char>(label.size());
        out += label;
    }
    out += '\0';
    put16(out, ns_t_txt);
    put16(out, ns_c_in);
    out += '\0';                                                          // EDNS: the root's OPT record
    put16(out, ns_t_opt);
    put16(out, kUdpSize);
    for (int i = 0; i < 3; ++i) put16(out, 0);                            // version and flags, no options
    return out;
}

Result<TxtAnswer> read_txt_answer(std::string_view octets, std::string_view name, std::uint16_t id) {
    ns_msg message;
    if (ns_initparse(reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()), &message) != 0) return Error{"its answer cannot be read"};
    if (ns_msg_id(message) != id || !ns_msg_getflag(message, ns_f_qr) || !asks_for(message, name)) return Error{"its answer is to another question"};
    TxtAnswer out;
    out.truncated = ns_msg_getflag(message, ns_f_tc) != 0;
    if (out.truncated) return out;
    const auto code = ns_msg_getflag(message, ns_f_rcode);
    if (code == ns_r_nxdomain) return out;
    if (code != ns_r_noerror) {
        out.answer = trouble(fmt::format("it answers with code {}", static_cast<int>(code)));
        return out;
    }
    // Several records: the one that says that it is a key. RFC 6376 section 3.6.2.2 leaves undefined what they mean.
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) return Error{"its answer cannot be read"};
        if (ns_rr_type(record) != ns_t_txt) continue;   // the CNAMEs that led to it
        auto text = joined({reinterpret_cast<const char*>(ns_rr_rdata(record)), ns_rr_rdlen(record)});
        if (out.answer.kind == KeyAnswer::Kind::none || text.starts_with("v=DKIM1")) out.answer = {KeyAnswer::Kind::found, std::move(text)};
    }
    return out;
}

}  // namespace crmrelay::milter
