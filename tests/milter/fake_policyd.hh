// SPDX-License-Identifier: BSD-2-Clause
//
// A stand-in for policyd on a unix socket: it records what it is asked and answers, or misbehaves, as a test says. It can be stopped and
// started again on the same path.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/endpoint.hh"
#include "base/fd.hh"
#include "base/guarded.hh"
#include "policy/admission.hh"
#include "tests/base/folder.hh"

namespace crmrelay::milter::test {

struct Silence {};                       // no answer, the connection stays
struct HangUp {};                        // closes the connection instead of an answer
struct Raw { std::string octets; bool then_close = false; };
using Reaction = std::variant<policy::Answer, Silence, HangUp, Raw>;
using Behaviour = std::function<Reaction(const policy::Question&)>;

class FakePolicyd {
public:
    FakePolicyd(base::Endpoint endpoint, Behaviour behaviour) : endpoint_(std::move(endpoint)) {
        *behaviour_.lock() = std::move(behaviour);
        start();
    }
    ~FakePolicyd() { stop(); }

    void behave(Behaviour behaviour) { *behaviour_.lock() = std::move(behaviour); }
    std::vector<policy::Question> asked() { return *asked_.lock(); }
    std::size_t connections() const { return connections_; }   // ever accepted

    template <typename Kind>
    std::vector<Kind> asked_for() {
        std::vector<Kind> out;
        for (const auto& question : asked())
            if (const auto* kind = std::get_if<Kind>(&question)) out.push_back(*kind);
        return out;
    }
    // The same, once there are `count` of them; announce and close have no answer to wait for.
    template <typename Kind>
    std::vector<Kind> wait_for(std::size_t count) {
        for (int i = 0; i < 500 && asked_for<Kind>().size() < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return asked_for<Kind>();
    }

    void start() {
        stopping_ = false;
        listening_ = base::listen_on(endpoint_, "", true);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    void stop() {
        if (!acceptor_.joinable()) return;
        stopping_ = true;
        acceptor_.join();
        listening_ = base::Fd();
        for (auto& server : servers_) server.join();
        servers_.clear();
    }

private:
    static constexpr int kTick = 5;   // milliseconds between two looks at stopping_

    bool readable(int fd) const {
        while (!stopping_) {
            pollfd entry{fd, POLLIN, 0};
            if (::poll(&entry, 1, kTick) > 0) return true;
        }
        return false;
    }

    void accept_all() {
        while (readable(listening_.get())) {
            const int fd = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            ++connections_;
            servers_.emplace_back([this, fd] { serve(base::Fd(fd)); });
        }
    }

    std::optional<std::string> read(int fd, std::size_t count) {
        std::string out;
        while (out.size() < count) {
            if (!readable(fd)) return std::nullopt;
            char buffer[4096];
            const ssize_t n = ::recv(fd, buffer, std::min(sizeof buffer, count - out.size()), 0);
            if (n <= 0) return std::nullopt;
            out.append(buffer, static_cast<std::size_t>(n));
        }
        return out;
    }

    void serve(base::Fd fd) {
        for (;;) {
            const auto head = read(fd.get(), policy::kFrameHead);
            if (!head) return;
            const auto length = policy::frame_length(*head);
            const auto attributes = length ? read(fd.get(), *length) : std::nullopt;
            if (!attributes) return;
            const auto question = policy::decode_question(*attributes);
            if (!question) return;
            asked_.lock()->push_back(*question);
            if (std::holds_alternative<policy::Announce>(*question) || std::holds_alternative<policy::Close>(*question) ||
                std::holds_alternative<policy::Ended>(*question))
                continue;
            const Behaviour behaviour = *behaviour_.lock();
            if (!react(fd.get(), behaviour(*question))) return;
        }
    }

    static bool react(int fd, const Reaction& reaction) {
        if (std::holds_alternative<HangUp>(reaction)) return false;
        if (std::holds_alternative<Silence>(reaction)) return true;
        const auto* raw = std::get_if<Raw>(&reaction);
        const std::string octets = raw ? raw->octets : policy::encode(std::get<policy::Answer>(reaction));
        if (::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(octets.size())) return false;
        return !raw || !raw->then_close;
    }

    const base::Endpoint endpoint_;
    base::Guarded<Behaviour> behaviour_;
    base::Guarded<std::vector<policy::Question>> asked_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> connections_{0};
    base::Fd listening_;
    std::thread acceptor_;
    std::vector<std::thread> servers_;
};

// A folder of one test's own, removed at its end.
class Folder : public base::tests::Folder {
public:
    base::Endpoint socket(const std::string& name) const { return *base::Endpoint::parse("unix:" + file(name)); }
};

}  // namespace crmrelay::milter::test
