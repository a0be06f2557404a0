// SPDX-License-Identifier: BSD-2-Clause
//
// Accepts, reads lines, has attempts judged, writes answers. Every wait for a peer has a deadline.
#include "policy/auth_server.hh"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <array>
#include <chrono>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/crypto.hh"
#include "policy/log.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Protocol = asio::generic::stream_protocol;

namespace {

constexpr const char* kName = "auth";
constexpr std::size_t kReadStep = 4 * 1024;
constexpr std::size_t kUnwrittenCap = 64 * 1024;     // of answers that the peer does not take: nothing more is read then
constexpr std::size_t kCookieOctets = 16;
constexpr std::chrono::seconds kIdle{3600};          // an smtpd keeps its connection for as long as it lives
constexpr std::chrono::seconds kLineTime{30};        // from a line's first octet to its last, and for an answer to be taken
constexpr std::chrono::seconds kSweep{5};

struct Connection {
    explicit Connection(Protocol::socket peer) : socket(std::move(peer)), room(socket.get_executor(), Clock::time_point::max()) { socket.non_blocking(true); }

    bool is_full() const { return waiting >= kAttemptsAConnection || unwritten.size() > kUnwrittenCap; }

    void shut() {
        error_code ignored;
        socket.shutdown(Protocol::socket::shutdown_both, ignored);
    }

    Protocol::socket socket;
    asio::steady_timer room;       // cancelled when an attempt got its answer, or an answer was taken
    std::array<char, kReadStep> octets;
    std::string buffer, unwritten;
    bool writing = false;
    int waiting = 0;               // attempts without a verdict
    Clock::time_point read_by = Clock::now() + kIdle, write_by = Clock::time_point::max();
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace

class AuthServer::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, base::Fd listening, AuthDesk& desk) : desk_(desk), acceptor_(io), sweeper_(io) {
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
        stopped_ = true;
        acceptor_.close(ignored);
        sweeper_.cancel(ignored);
    }

private:
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
            if (connections_.size() >= kAuthConnectionCap) {
                log::protocol_error(kName, fmt::format("more than {} connections: one is refused", kAuthConnectionCap));
                continue;
            }
            auto connection = std::make_shared<Connection>(std::move(socket));
            connections_.insert(connection);
            asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this(), connection] { return self->serve(connection); }, asio::detached);
        }
    }

    awaitable<void> sweep() {
        while (!stopped_) {
            error_code error;
            sweeper_.expires_after(kSweep);
            co_await sweeper_.async_wait(asio::redirect_error(use_awaitable, error));
            const auto now = Clock::now();
            for (const auto& connection : connections_)
                if (connection->read_by < now || connection->write_by < now) connection->shut();
        }
    }

    awaitable<void> serve(ConnectionPtr connection) {
        try {
            const auto cookie = base::hex(base::random_octets(kCookieOctets));
            send(connection, auth_handshake(static_cast<std::uint32_t>(::getpid()), ++numbers_, cookie));
            co_await read_lines(connection);
        } catch (const std::exception& e) {
            log::protocol_error(kName, e.what());
        }
        connection->read_by = Clock::time_point::max();
        while (connection->waiting > 0 || connection->writing) co_await wait_for_room(*connection);   // a peer that half-closed gets its answers
        connections_.erase(connection);
    }

    awaitable<void> wait_for_room(Connection& connection) {
        error_code ignored;
        co_await connection.room.async_wait(asio::redirect_error(use_awaitable, ignored));
    }

    awaitable<void> read_lines(ConnectionPtr connection) {
        AuthSession session;
        auto& buffer = connection->buffer;
        for (;;) {
            const auto end = buffer.find('\n');
            if (end == std::string::npos) {
                if (buffer.size() > kAuthLineCap) throw std::runtime_error(fmt::format("a line longer than {} octets", kAuthLineCap));
                const bool more = co_await read_more(*connection);
                if (!more) co_return;
                continue;
            }
            const auto outcome = session.take(std::string_view(buffer).substr(0, end));
            if (!outcome) throw std::runtime_error(outcome.error());
            buffer.erase(0, end + 1);
            connection->read_by = Clock::now() + (buffer.empty() ? std::chrono::seconds(kIdle) : kLineTime);
            if (const auto* line = std::get_if<AuthSession::Line>(&*outcome)) send(connection, line->text);
            else if (const auto* attempt = std::get_if<AuthAttempt>(&*outcome)) begin(connection, *attempt);
            while (connection->is_full()) {
                connection->read_by = Clock::time_point::max();   // our own time is not the peer's
                co_await wait_for_room(*connection);
                connection->read_by = Clock::now() + kLineTime;
            }
        }
    }

    // False at the end, on errors, and when the sweeper has shut the socket down.
    awaitable<bool> read_more(Connection& connection) {
        error_code error;
        if (connection.buffer.empty()) connection.read_by = Clock::now() + kIdle;
        const auto n = co_await connection.socket.async_read_some(asio::buffer(connection.octets), asio::redirect_error(use_awaitable, error));
        if (connection.buffer.empty()) connection.read_by = Clock::now() + kLineTime;   // a line begins
        connection.buffer.append(connection.octets.data(), n);
        co_return !error && n > 0;
    }

    void begin(const ConnectionPtr& connection, const AuthAttempt& attempt) {
        ++connection->waiting;
        auto kept = std::make_shared<const AuthAttempt>(attempt);
        asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this(), connection, kept] { return self->answer(connection, kept); }, asio::detached);
    }

    awaitable<void> answer(ConnectionPtr connection, std::shared_ptr<const AuthAttempt> attempt) {
        AuthVerdict verdict;
        try {
            verdict = co_await desk_.judge(*attempt);
        } catch (const std::exception& e) {
            log::auth_trouble(e.what());
        }
        --connection->waiting;
        if (verdict.kind == AuthVerdict::Kind::ok) send(connection, auth_ok(attempt->id, verdict.user));
        else if (verdict.kind == AuthVerdict::Kind::fail) send(connection, auth_fail(attempt->id, verdict.user));
        else connection->shut();
        connection->room.cancel();
    }

    // The socket nearly always takes a short line at once.
    void send(const ConnectionPtr& connection, const std::string& text) {
        connection->unwritten += text;
        if (connection->writing) return;
        error_code error;
        connection->unwritten.erase(0, connection->socket.write_some(asio::buffer(connection->unwritten), error));
        if (connection->unwritten.empty()) return;
        connection->writing = true;
        asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this(), connection] { return self->write_rest(connection); }, asio::detached);
    }

    awaitable<void> write_rest(ConnectionPtr connection) {
        error_code error;
        while (!error && !connection->unwritten.empty()) {
            const auto part = std::exchange(connection->unwritten, {});   // more may come meanwhile
            connection->write_by = Clock::now() + kLineTime;
            co_await asio::async_write(connection->socket, asio::buffer(part), asio::redirect_error(use_awaitable, error));
            connection->room.cancel();
        }
        connection->write_by = Clock::time_point::max();
        connection->writing = false;
        connection->unwritten.clear();
        if (error) connection->shut();
        connection->room.cancel();
    }

    AuthDesk& desk_;
    asio::basic_socket_acceptor<Protocol> acceptor_;
    asio::steady_timer sweeper_;
    std::set<ConnectionPtr> connections_;
    std::uint32_t numbers_ = 0;
    bool stopped_ = false;
};

AuthServer::AuthServer(asio::io_context& io, base::Fd listening, AuthDesk& desk) : impl_(std::make_shared<Impl>(io, std::move(listening), desk)) {
    impl_->start();
}

AuthServer::~AuthServer() { impl_->stop(); }

void AuthServer::stop_accepting() { impl_->stop(); }

}  // namespace crmrelay::policy
