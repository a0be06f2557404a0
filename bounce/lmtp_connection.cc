// SPDX-License-Identifier: BSD-2-Clause
//
// Coroutines on one strand, so that nothing here needs a lock. One timer a connection looks at a deadline that moves, instead of one timer a read.
#include "bounce/lmtp_connection.hh"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/called_back.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::chrono::seconds kFarewell{5};   // for a client to take its last reply
constexpr std::chrono::seconds kLook{1};       // how coarse deadlines are

}  // namespace

LmtpConnection::LmtpConnection(asio::io_context& io, int family, base::Fd fd, LmtpHandler& handler, const std::string& hostname, const LmtpServerLimits& limits)
    : strand_(io.get_executor()), socket_(strand_), timer_(strand_), handler_(handler), limits_(limits), session_(hostname, handler.message_cap()) {
    socket_.assign(asio::generic::stream_protocol(family, 0), fd.release());
}

void LmtpConnection::start(std::function<void()> gone) {
    asio::co_spawn(strand_, [self = shared_from_this()]() { return self->run(); }, [self = shared_from_this(), gone = std::move(gone)](std::exception_ptr) {
        self->done_ = true;
        self->timer_.cancel();
        boost::system::error_code ignored;
        self->socket_.close(ignored);
        gone();
    });
    asio::co_spawn(strand_, [self = shared_from_this()]() { return self->watch(); }, asio::detached);
}

void LmtpConnection::drain() {
    asio::post(strand_, [self = shared_from_this()] {
        self->draining_ = true;
        if (self->reading_ && !self->session_.in_transaction()) self->socket_.cancel();
    });
}

void LmtpConnection::abandon() {
    asio::post(strand_, [self = shared_from_this()] {
        self->draining_ = self->late_ = true;
        boost::system::error_code ignored;
        if (self->socket_.is_open()) self->socket_.shutdown(asio::socket_base::shutdown_both, ignored);
    });
}

asio::awaitable<void> LmtpConnection::watch() {
    boost::system::error_code error;
    while (!done_) {
        if (Clock::now() >= deadline_) {
            late_ = true;
            deadline_ = Clock::time_point::max();
            socket_.cancel(error);
        }
        timer_.expires_at(std::min(deadline_, Clock::now() + kLook));
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

asio::awaitable<void> LmtpConnection::run() {
    co_await converse();
    if (session_.has_output()) {
        late_ = false;
        deadline_ = Clock::now() + kFarewell;
        co_await flush();
    }
}

asio::awaitable<void> LmtpConnection::converse() {
    deadline_ = Clock::now() + limits_.command;
    co_await flush();
    for (;;) {
        if (draining_ && !session_.in_transaction()) {
            session_.give_up("is stopping, come back soon");
            co_return;
        }
        std::string_view octets;
        const bool more = co_await read(octets);
        if (!more) co_return;
        const bool goes_on = co_await serve(octets);
        if (!goes_on) co_return;
        deadline_ = Clock::now() + limits_.command;
        co_await flush();
        if (late_) co_return;
    }
}

LmtpConnection::Clock::time_point LmtpConnection::deadline_of_read() {
    const bool open = session_.in_data() || session_.in_command();
    const auto now = Clock::now();
    if (open && !unit_open_) unit_began_ = now;
    unit_open_ = open;
    if (session_.in_data()) return std::min(now + limits_.command, unit_began_ + limits_.message);
    return open ? unit_began_ + limits_.command : now + limits_.idle;
}

asio::awaitable<bool> LmtpConnection::read(std::string_view& octets) {
    boost::system::error_code error;
    deadline_ = deadline_of_read();
    session_.set_message_cap(handler_.message_cap());
    reading_ = true;
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer_), asio::redirect_error(asio::use_awaitable, error));
    reading_ = false;
    deadline_ = Clock::time_point::max();
    octets = {buffer_.data(), count};
    if (!error) co_return true;
    if (error == asio::error::operation_aborted) {
        if (!late_ && draining_ && session_.in_transaction()) co_return true;   // a drain that came too late to matter
        session_.give_up(late_ ? "waited too long" : "is stopping, come back soon");
    }
    co_return false;
}

asio::awaitable<bool> LmtpConnection::serve(std::string_view octets) {
    for (;;) {
        LmtpSession::Event event = session_.feed(octets);
        if (auto* question = std::get_if<LmtpSession::CheckRecipient>(&event)) {
            const LmtpReply reply = co_await ask(std::move(*question));
            session_.answer_recipient(reply);
        } else if (auto* delivery = std::get_if<LmtpSession::Deliver>(&event)) {
            const std::vector<LmtpReply> replies = co_await ask(std::move(*delivery));
            session_.answer_delivery(replies);
        } else {
            co_return std::holds_alternative<LmtpSession::Idle>(event);
        }
    }
}

asio::awaitable<void> LmtpConnection::flush() {
    const std::string output = session_.take_output();
    if (output.empty()) co_return;
    boost::system::error_code error;
    co_await asio::async_write(socket_, asio::buffer(output), asio::redirect_error(asio::use_awaitable, error));
    deadline_ = Clock::time_point::max();
    if (error) late_ = true;   // nobody takes replies any more
}

asio::awaitable<LmtpReply> LmtpConnection::ask(LmtpSession::CheckRecipient question) {
    const auto begin = [this, &question](LmtpHandler::RecipientDone done) { handler_.check_recipient(question.sender, question.address, std::move(done)); };
    co_return co_await base::called_back<LmtpReply>(strand_, begin);
}

asio::awaitable<std::vector<LmtpReply>> LmtpConnection::ask(LmtpSession::Deliver question) {
    const auto begin = [this, &question](LmtpHandler::DeliveryDone done) { handler_.deliver(std::move(question.envelope), std::move(question.message), std::move(done)); };
    co_return co_await base::called_back<std::vector<LmtpReply>>(strand_, begin);
}

}  // namespace crmrelay::bounce
