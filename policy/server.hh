// SPDX-License-Identifier: BSD-2-Clause
//
// The two sockets of policyd: Postfix's policy requests and the milter's admission questions, a coroutine a connection.
// A connection that sends what cannot be read is closed; one that stays silent is closed after kIdle.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/endpoint.hh"
#include "base/fd.hh"
#include "policy/desk.hh"

namespace crmrelay::policy {

constexpr std::chrono::seconds kIdle{3600};        // Postfix keeps a policy connection for smtpd_policy_service_max_idle, 300 s
constexpr std::chrono::seconds kRequestTime{30};   // from a request's first octet to its last, and for an answer to be taken
constexpr int kConnectionCap = 2000;               // of each socket; a further connection is closed at once

class Server {
public:
    enum class Speaks { policy, admission };

    Server(boost::asio::io_context& io, base::Fd listening, Speaks protocol, Desk& desk, Metrics* metrics = nullptr);
    Server(const Server&) = delete;
    ~Server();

    void stop_accepting();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace crmrelay::policy
