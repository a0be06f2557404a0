// SPDX-License-Identifier: BSD-2-Clause
//
// Serves LMTP sessions on a listening socket and asks a handler what it thinks of recipients and messages. It knows no mailbox and stores nothing.
// Every wait for a client has a deadline; waiting for the handler has none, since the handler always answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hh"
#include "bounce/lmtp_session.hh"

namespace crmrelay::bounce {

// Called from the server's threads, for several sessions at a time. Each `done` is to be called exactly once, from any thread, at once or later.
class LmtpHandler {
public:
    using RecipientDone = std::function<void(LmtpReply)>;
    using DeliveryDone = std::function<void(std::vector<LmtpReply>)>;   // one reply a recipient, in the envelope's order

    virtual ~LmtpHandler() = default;
    virtual std::uint64_t message_cap() const = 0;   // octets of a message that are kept
    virtual void check_recipient(const std::string& sender, const std::string& address, RecipientDone done) = 0;
    virtual void deliver(LmtpEnvelope envelope, LmtpMessage message, DeliveryDone done) = 0;
};

struct LmtpServerLimits {
    std::size_t connections = 200;                       // beyond: 421
    std::chrono::milliseconds idle{300'000};             // between commands
    std::chrono::milliseconds command{60'000};           // for the rest of a command, for the next octets of a message, for taking a reply
    std::chrono::milliseconds message{600'000};          // for a whole message
    std::chrono::milliseconds drain{20'000};             // for what is under way when the server stops
};

class LmtpServer {
public:
    // `listener` is bound, listening and non-blocking. The handler outlives the server.
    LmtpServer(base::Fd listener, LmtpHandler& handler, std::string hostname, LmtpServerLimits limits = {});
    ~LmtpServer();

    void start(int threads);
    // Takes no more connections, lets running messages end (at most limits.drain for what clients owe), tells the others 421. Returns when all are closed.
    void stop();
    std::size_t connections() const;
    bool answers(std::chrono::milliseconds limit) const;   // some thread of it takes a turn in that time

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::bounce
