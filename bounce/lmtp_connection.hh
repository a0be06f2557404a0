// SPDX-License-Identifier: BSD-2-Clause
//
// One client of the LMTP server: moves octets between a socket and a session, on a strand of its own. Private to lmtp_server.
#pragma once

#include <utility>   // before Asio's awaitable (Boost 1.74, GCC 12)

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bounce/lmtp_server.hh"

namespace crmrelay::bounce {

namespace asio = boost::asio;

class LmtpConnection : public std::enable_shared_from_this<LmtpConnection> {
public:
    using Clock = std::chrono::steady_clock;
    using Strand = asio::strand<asio::io_context::executor_type>;

    // Takes over the connected, non-blocking `fd`.
    LmtpConnection(asio::io_context& io, int family, base::Fd fd, LmtpHandler& handler, const std::string& hostname, const LmtpServerLimits& limits);

    void start(std::function<void()> gone);
    void drain();    // from any thread: 421 once no message is under way
    void abandon();  // from any thread: waits for the client no longer

private:
    asio::awaitable<void> run();
    asio::awaitable<void> converse();
    asio::awaitable<void> watch();                        // closes at the deadline
    asio::awaitable<bool> read(std::string_view& octets); // false: no more will come
    asio::awaitable<bool> serve(std::string_view octets); // false: close
    asio::awaitable<void> flush();
    asio::awaitable<LmtpReply> ask(LmtpSession::CheckRecipient question);
    asio::awaitable<std::vector<LmtpReply>> ask(LmtpSession::Deliver question);
    Clock::time_point deadline_of_read();

    Strand strand_;
    asio::generic::stream_protocol::socket socket_;
    asio::steady_timer timer_;
    LmtpHandler& handler_;
    const LmtpServerLimits& limits_;
    LmtpSession session_;
    std::array<char, 65536> buffer_;
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point unit_began_;     // the command or message under way
    bool unit_open_ = false;
    bool late_ = false, draining_ = false, reading_ = false, done_ = false;
};

}  // namespace crmrelay::bounce
