// SPDX-License-Identifier: BSD-2-Clause
//
// Accepts, reads whole requests, asks the desk, writes answers. Every wait has a deadline.
#include "policy/server.hh"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <array>

#include "policy/log.hh"
#include "policy/metrics.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Protocol = asio::generic::stream_protocol;

namespace {

constexpr std::size_t kReadStep = 8 * 1024;
constexpr std::chrono::seconds kSweep{5};

// One connection: a socket, what was read and not yet used, and until when it may take what it is doing.
struct Connection {
    explicit Connection(Protocol::socket socket) : socket_(std::move(socket)) { socket_.non_blocking(true); }

    // Reads more into `buffer`; false at the end, on errors, and when the sweeper has shut the socket down.
    awaitable<bool> read_more() {
        deadline = Clock::now() + (buffer.empty() ? kIdle : kRequestTime);
        if (!buffer.empty() && !request_began) request_began = Clock::now();
        if (request_began) deadline = *request_began + kRequestTime;
        error_code error;
        const auto n = co_await socket_.async_read_some(asio::buffer(octets), asio::redirect_error(use_awaitable, error));
        buffer.append(octets.data(), n);
        co_return !error && n > 0;
    }

    void used(std::size_t count) {
        buffer.erase(0, count);
        request_began.reset();
    }

    // Answers are short and their reader waits for them: nearly always the socket takes one whole at once, without a coroutine.
    // What it did not take is left for write_rest().
    bool write_at_once(const std::string& answer) {
        error_code error;
        written = socket_.write_some(asio::buffer(answer), error);
        return written == answer.size();
    }

    awaitable<bool> write_rest(const std::string& answer) {
        deadline = Clock::now() + kRequestTime;
        error_code error;
        co_await asio::async_write(socket_, asio::buffer(answer) + written, asio::redirect_error(use_awaitable, error));
        co_return !error;
    }

    Protocol::socket socket_;
    std::array<char, kReadStep> octets;
    std::string buffer;
    std::size_t written = 0;
    Clock::time_point deadline = Clock::now() + kIdle;
    std::optional<Clock::time_point> request_began;
};

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, base::Fd listening, Speaks protocol, Desk& desk, Metrics* metrics)
        : desk_(desk), protocol_(protocol), metrics_(metrics), acceptor_(io), sweeper_(io) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &length);
        acceptor_.assign(Protocol(address.ss_family, 0), listening.release());
    }

    void start() {
        asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); }, asio::detached);
        asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this()] { return self->sweep(); }, asio::detached);
    }

    void stop() {
        error_code ignored;
        acceptor_.close(ignored);
        sweeper_.cancel(ignored);
        stopped_ = true;
    }

private:
    const char* name() const { return protocol_ == Speaks::policy ? "policy" : "admission"; }

    awaitable<void> accept() {
        while (!stopped_) {
            error_code error;
            Protocol::socket socket(acceptor_.get_executor());
            co_await acceptor_.async_accept(socket, asio::redirect_error(use_awaitable, error));
            if (error == asio::error::operation_aborted || stopped_) co_return;
            if (error) {   // out of descriptors, say: what is open goes on
                asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(100));
                co_await pause.async_wait(asio::redirect_error(use_awaitable, error));
                continue;
            }
            if (connections_.size() >= kConnectionCap) {
                log::protocol_error(name(), fmt::format("more than {} connections: one is refused", kConnectionCap));
                continue;
            }
            auto connection = std::make_shared<Connection>(std::move(socket));
            connections_.emplace(connection.get(), connection);
            asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this(), connection] { return self->serve(connection); }, asio::detached);
        }
    }

    awaitable<void> sweep() {
        while (!stopped_) {
            error_code error;
            sweeper_.expires_after(kSweep);
            co_await sweeper_.async_wait(asio::redirect_error(use_awaitable, error));
            const auto now = Clock::now();
            for (auto& [key, connection] : connections_)
                if (connection->deadline < now) connection->socket_.shutdown(Protocol::socket::shutdown_both, error);
        }
    }

    void count_connection(int more) {
        if (metrics_) (protocol_ == Speaks::policy ? metrics_->policy_connections : metrics_->admission_connections).add(more);
    }

    awaitable<void> serve(std::shared_ptr<Connection> connection) {
        count_connection(1);
        try {
            if (protocol_ == Speaks::policy) {
                co_await serve_policy(*connection);
            } else {
                co_await serve_admission(*connection);
            }
        } catch (const std::exception& e) {
            log::protocol_error(name(), e.what());
        }
        connections_.erase(connection.get());
        count_connection(-1);
    }

    awaitable<void> serve_policy(Connection& connection) {
        for (;;) {
            std::size_t end;
            while ((end = request_end(connection.buffer)) == std::string::npos) {
                if (connection.buffer.size() > kPolicyRequestCap) {
                    log::protocol_error(name(), fmt::format("a request longer than {} octets", kPolicyRequestCap));
                    co_return;
                }
                const bool more = co_await connection.read_more();
                if (!more) co_return;
            }
            const auto request = parse_policy_request(std::string_view(connection.buffer).substr(0, end));
            if (!request) {
                log::protocol_error(name(), request.error());
                co_return;
            }
            connection.used(end);
            connection.deadline = Clock::time_point::max();   // our own time is not the client's
            const base::Stopwatch time;
            auto action = desk_.policy_at_once(*request);
            if (!action) action = co_await desk_.policy(*request);
            const auto line = "action=" + *action + "\n\n";
            if (metrics_) metrics_->query.observe(time.seconds());
            if (connection.write_at_once(line)) continue;
            const bool taken = co_await connection.write_rest(line);
            if (!taken) co_return;
        }
    }

    awaitable<void> serve_admission(Connection& connection) {
        std::string instance;
        co_await read_questions(connection, instance);
        if (instance.empty()) co_return;
        if (const auto at = instances_.find(instance); --at->second == 0) {
            instances_.erase(at);
            desk_.instance_gone(instance);
        }
    }

    awaitable<void> read_questions(Connection& connection, std::string& instance) {
        for (;;) {
            std::size_t length = 0;
            for (;;) {
                if (connection.buffer.size() >= kFrameHead) {
                    const auto announced = frame_length(connection.buffer);
                    if (!announced) {
                        log::protocol_error(name(), announced.error());
                        co_return;
                    }
                    length = *announced;
                    if (connection.buffer.size() >= kFrameHead + length) break;
                }
                const bool more = co_await connection.read_more();
                if (!more) co_return;
            }
            auto question = decode_question(std::string_view(connection.buffer).substr(kFrameHead, length));
            if (!question) {
                log::protocol_error(name(), question.error());
                co_return;
            }
            connection.used(kFrameHead + length);
            const bool taken = co_await answer(connection, *question, instance);
            if (!taken) co_return;
        }
    }

    awaitable<bool> answer(Connection& connection, Question& question, std::string& instance) {
        join(instance, std::visit([](const auto& asked) { return Sessions::instance_of(asked.session); }, question));
        if (const auto* announce = std::get_if<Announce>(&question)) {
            desk_.announce(*announce);
            co_return true;
        }
        if (const auto* close = std::get_if<Close>(&question)) {
            desk_.close(*close);
            co_return true;
        }
        if (const auto* ended = std::get_if<Ended>(&question)) {
            desk_.ended(*ended);
            co_return true;
        }
        connection.deadline = Clock::time_point::max();
        std::string frame;
        if (const auto* whose = std::get_if<Whose>(&question)) {
            auto verdict = desk_.whose(*whose);
            if (std::holds_alternative<Reply>(verdict)) {
                co_await desk_.hear_announcements();
                verdict = desk_.whose(*whose);
            }
            frame = encode(verdict);
        } else {
            const base::Stopwatch time;
            const auto verdict = co_await desk_.admit(std::get<Admit>(question));
            if (metrics_) metrics_->admission.observe(time.seconds());
            frame = encode(verdict);
        }
        bool taken = connection.write_at_once(frame);
        if (!taken) taken = co_await connection.write_rest(frame);
        co_return taken;
    }

    // A connection belongs to the milter process that first spoke on it.
    void join(std::string& instance, std::string_view announced) {
        if (!instance.empty()) return;
        instance = announced;
        ++instances_[instance];
    }

    Desk& desk_;
    Speaks protocol_;
    Metrics* const metrics_;
    asio::basic_socket_acceptor<Protocol> acceptor_;
    asio::steady_timer sweeper_;
    std::map<Connection*, std::shared_ptr<Connection>> connections_;
    std::map<std::string, int, std::less<>> instances_;   // open connections of each milter process
    bool stopped_ = false;
};

Server::Server(asio::io_context& io, base::Fd listening, Speaks protocol, Desk& desk, Metrics* metrics)
    : impl_(std::make_shared<Impl>(io, std::move(listening), protocol, desk, metrics)) {
    impl_->start();
}

Server::~Server() { impl_->stop(); }

void Server::stop_accepting() { impl_->stop(); }

}  // namespace crmrelay::policy
