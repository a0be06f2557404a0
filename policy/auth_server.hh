// SPDX-License-Identifier: BSD-2-Clause
//
// The socket for Postfix's smtpd_sasl_path: Dovecot's authentication protocol, a coroutine a connection and one an attempt, so that a refusal that waits
// holds up nobody else. What is our own fault is answered by closing the connection: that alone makes Postfix say 454 instead of 535.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/fd.hh"
#include "policy/auth_desk.hh"

namespace crmrelay::policy {

constexpr int kAuthConnectionCap = 2000;      // a further one is closed at once
constexpr int kAttemptsAConnection = 32;      // that wait for their verdict; until one has it, nothing more is read

class AuthServer {
public:
    AuthServer(boost::asio::io_context& io, base::Fd listening, AuthDesk& desk);
    AuthServer(const AuthServer&) = delete;
    ~AuthServer();

    void stop_accepting();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace crmrelay::policy
