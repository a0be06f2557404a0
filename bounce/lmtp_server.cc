// SPDX-License-Identifier: BSD-2-Clause
//
// Accepts, counts and drains connections; lmtp_connection talks to them.
#include "bounce/lmtp_server.hh"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include "bounce/lmtp_connection.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};   // when the process is out of descriptors
constexpr int kAcceptBurst = 64;

}  // namespace

class LmtpServer::Impl {
public:
    Impl(base::Fd listener, LmtpHandler& handler, std::string hostname, LmtpServerLimits limits)
        : handler_(handler), hostname_(std::move(hostname)), limits_(limits), listener_(io_), pause_(io_), work_(io_.get_executor()) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0) family_ = address.ss_family;
        listener_.assign(listener.release());
    }

    ~Impl() { stop(); }

    void start(int threads) {
        accept_when_ready();
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
    }

    void stop() {
        std::unique_lock lock(mutex_);
        if (!stopping_) {
            stopping_ = true;
            asio::post(io_, [this] {
                listener_.close();
                pause_.cancel();
            });
            for (const auto& connection : connections_) connection->drain();
        }
        if (!gone_.wait_for(lock, limits_.drain, [this] { return connections_.empty(); }))
            for (const auto& connection : connections_) connection->abandon();
        gone_.wait(lock, [this] { return connections_.empty(); });   // what is left waits for the handler only
        lock.unlock();
        work_.reset();
        for (auto& thread : threads_) thread.join();
        threads_.clear();
    }

    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return connections_.size();
    }

    bool answers(std::chrono::milliseconds limit) {
        const auto turn = std::make_shared<std::promise<void>>();
        asio::post(io_, [turn] { turn->set_value(); });
        return turn->get_future().wait_for(limit) == std::future_status::ready;
    }

private:
    void accept_when_ready() {
        listener_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
            if (error) return;
            if (accept_all()) return accept_when_ready();
            pause_.expires_after(kAcceptPause);
            pause_.async_wait([this](boost::system::error_code stopped) {
                if (!stopped) accept_when_ready();
            });
        });
    }

    // False where the process can take no more for now.
    bool accept_all() {
        for (int i = 0; i < kAcceptBurst; ++i) {
            base::Fd fd(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (fd)
                admit(std::move(fd));
            else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                return false;
            else if (errno != EINTR && errno != ECONNABORTED)
                return true;
        }
        return true;
    }

    void admit(base::Fd fd) {
        const std::lock_guard lock(mutex_);
        if (stopping_ || connections_.size() >= limits_.connections) {
            const std::string busy = LmtpReply{421, "3.2", hostname_ + " has no connection left, come back soon"}.line();
            ::send(fd.get(), busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            return;
        }
        const auto place = connections_.insert(connections_.end(), std::make_shared<LmtpConnection>(io_, family_, std::move(fd), handler_, hostname_, limits_));
        (*place)->start([this, place] {
            const std::lock_guard inner(mutex_);
            connections_.erase(place);
            gone_.notify_all();
        });
    }

    LmtpHandler& handler_;
    const std::string hostname_;
    const LmtpServerLimits limits_;
    int family_ = AF_UNIX;
    asio::io_context io_;
    asio::posix::stream_descriptor listener_;
    asio::steady_timer pause_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::mutex mutex_;
    std::condition_variable gone_;
    bool stopping_ = false;
    std::list<std::shared_ptr<LmtpConnection>> connections_;
    std::vector<std::thread> threads_;
};

LmtpServer::LmtpServer(base::Fd listener, LmtpHandler& handler, std::string hostname, LmtpServerLimits limits)
    : impl_(std::make_unique<Impl>(std::move(listener), handler, std::move(hostname), limits)) {}

LmtpServer::~LmtpServer() = default;

void LmtpServer::start(int threads) { impl_->start(threads); }
void LmtpServer::stop() { impl_->stop(); }
std::size_t LmtpServer::connections() const { return impl_->count(); }
bool LmtpServer::answers(std::chrono::milliseconds limit) const { return impl_->answers(limit); }

}  // namespace crmrelay::bounce
