// SPDX-License-Identifier: BSD-2-Clause
//
// Frames out, frames in, within a deadline.
#include "milter/admission_client.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace crmrelay::milter {

namespace {

using base::Error;
using base::Result;

// How one exchange on one connection ended.
struct Ending {
    enum class Kind { done, dead, failed };   // dead: closed before the first octet of an answer
    Kind kind = Kind::done;
    std::string text;   // of the answer, or what went wrong
};

Ending ended(Ending::Kind kind, std::string text) { return {kind, std::move(text)}; }

Ending broken(const char* doing) {
    const int why = errno;
    const bool dead = why == EPIPE || why == ECONNRESET;
    return ended(dead ? Ending::Kind::dead : Ending::Kind::failed, fmt::format("{}: {}", doing, std::generic_category().message(why)));
}

bool wait_for(int fd, short events, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd entry{fd, events, 0};
        const int n = ::poll(&entry, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
        if (n > 0) return true;
        if (n == 0 || errno != EINTR) return false;
    }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

Ending write_all(int fd, std::string_view data, Clock::time_point deadline) {
    while (!data.empty()) {
        const ssize_t n = ::send(fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) data.remove_prefix(static_cast<std::size_t>(n));
        else if (!would_block()) return broken("writing to policyd");
        else if (!wait_for(fd, POLLOUT, deadline)) return ended(Ending::Kind::failed, "policyd did not take the question in time");
    }
    return {};
}

// Reads some octets behind those that `in` holds already.
Ending read_more(int fd, std::string& in, Clock::time_point deadline) {
    for (;;) {
        if (!wait_for(fd, POLLIN, deadline)) return ended(Ending::Kind::failed, "policyd did not answer in time");
        char chunk[4096];
        const ssize_t n = ::recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (n > 0) {
            in.append(chunk, static_cast<std::size_t>(n));
            return {};
        }
        if (n < 0 && would_block()) continue;
        Ending ending = n < 0 ? broken("reading policyd's answer") : ended(Ending::Kind::dead, "policyd closed the connection");
        if (!in.empty()) ending.kind = Ending::Kind::failed;
        return ending;
    }
}

Ending read_frame(int fd, Clock::time_point deadline) {
    std::string in;
    std::size_t whole = policy::kFrameHead;
    for (bool has_head = false; in.size() < whole;) {
        if (Ending ending = read_more(fd, in, deadline); ending.kind != Ending::Kind::done) return ending;
        if (has_head || in.size() < policy::kFrameHead) continue;
        const auto length = policy::frame_length(in);
        if (!length) return ended(Ending::Kind::failed, "policyd's answer: " + length.error());
        whole += *length;
        has_head = true;
    }
    if (in.size() > whole) return ended(Ending::Kind::failed, "policyd's answer: more octets than it announces");
    return ended(Ending::Kind::done, in.substr(policy::kFrameHead));
}

}  // namespace

AdmissionClient::AdmissionClient(base::Endpoint endpoint) : AdmissionClient(std::move(endpoint), Limits()) {}

AdmissionClient::AdmissionClient(base::Endpoint endpoint, Limits limits)
    : limits_(limits), pool_(std::move(endpoint), limits.connections, limits.connect) {}

Result<AdmissionClient::Told> AdmissionClient::tell(const policy::Question& question) {
    const auto written = exchange(question, false, Clock::now() + limits_.tell);
    if (!written) return Error{written.error()};
    return Told{};
}

Result<policy::Answer> AdmissionClient::ask(const policy::Question& question) {
    const auto attributes = exchange(question, true, Clock::now() + limits_.answer);
    if (!attributes) return Error{attributes.error()};
    auto answer = policy::decode_answer(*attributes);
    if (!answer) return Error{"policyd's answer: " + answer.error()};
    return answer;
}

// The attributes of the answer; nothing where none is waited for.
Result<std::string> AdmissionClient::exchange(const policy::Question& question, bool answered, Clock::time_point deadline) {
    const std::string frame = policy::encode(question);
    for (const bool fresh : {false, true}) {
        auto lease = pool_.checkout(fresh, deadline);
        if (!lease) return Error{lease.error()};
        Ending ending = write_all(lease->fd(), frame, deadline);
        if (ending.kind == Ending::Kind::done && answered) ending = read_frame(lease->fd(), deadline);
        if (ending.kind == Ending::Kind::done) {
            lease->keep();
            return std::move(ending.text);
        }
        if (ending.kind == Ending::Kind::failed || lease->fresh()) return Error{std::move(ending.text)};
    }
    return Error{"policyd closed two connections in a row"};
}

}  // namespace crmrelay::milter
