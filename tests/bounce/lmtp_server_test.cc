// SPDX-License-Identifier: BSD-2-Clause
//
// The LMTP server on a unix socket: pipelining, limits, deadlines, and stopping while messages are under way.
#include "bounce/lmtp_server.hh"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <thread>

#include "base/endpoint.hh"
#include "base/guarded.hh"

namespace crmrelay::bounce {
namespace {

using namespace std::chrono_literals;

// Takes everything, at once or when told to.
class Taker : public LmtpHandler {
public:
    std::uint64_t message_cap() const override { return 1000; }
    void check_recipient(const std::string&, const std::string& address, RecipientDone done) override {
        if (hang) {
            ++hanging;
            while (hang) std::this_thread::sleep_for(1ms);
        }
        done(address.starts_with("no") ? LmtpReply::unknown_mailbox("no") : LmtpReply{250, "1.5", "ok"});
    }
    void deliver(LmtpEnvelope envelope, LmtpMessage, DeliveryDone done) override {
        ++delivered;
        const auto answer = [done, count = envelope.recipients.size()] { done(std::vector<LmtpReply>(count, LmtpReply::accepted("stored"))); };
        if (!hold) return answer();
        waiting.lock()->push_back(answer);
    }
    void release() {
        auto lock = waiting.lock();
        for (const auto& answer : *lock) answer();
        lock->clear();
    }

    std::atomic<bool> hold{false}, hang{false};
    std::atomic<int> hanging{0};
    std::atomic<int> delivered{0};
    base::Guarded<std::vector<std::function<void()>>> waiting;
};

struct Fixture {
    Fixture() {
        char name[] = "/tmp/crmrelay-lmtp-XXXXXX";
        folder = ::mkdtemp(name);
        endpoint.path = folder + "/lmtp.sock";
    }
    ~Fixture() { std::filesystem::remove_all(folder); }

    std::unique_ptr<LmtpServer> serve(LmtpServerLimits limits = {}) {
        auto server = std::make_unique<LmtpServer>(base::listen_on(endpoint, "", false), taker, "mx.test", limits);
        server->start(2);
        return server;
    }

    std::string folder;
    base::Endpoint endpoint;
    Taker taker;
};

struct Client {
    explicit Client(const base::Endpoint& endpoint) : fd(base::connect_to(endpoint, 10)) {}
    void say(std::string_view text) { BOOST_REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())); }
    // Until `mark` or the end of the connection.
    std::string hear(std::string_view mark) {
        char buffer[4096];
        while (heard.find(mark) == std::string::npos) {
            const auto count = ::recv(fd.get(), buffer, sizeof buffer, 0);
            if (count <= 0) break;
            heard.append(buffer, static_cast<std::size_t>(count));
        }
        return std::exchange(heard, {});
    }
    bool closed() {
        char c;
        return ::recv(fd.get(), &c, 1, 0) == 0;
    }
    base::Fd fd;
    std::string heard;
};

const std::string kMessage = "LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nRCPT TO:<no@b.test>\r\nDATA\r\nhello\r\n.\r\n";

BOOST_FIXTURE_TEST_CASE(a_pipelined_message_is_answered, Fixture) {
    const auto server = serve();
    Client client(endpoint);
    client.say(kMessage + "QUIT\r\n");
    const auto heard = client.hear("221");
    BOOST_TEST(heard.find("250 2.0.0 stored") != std::string::npos);
    BOOST_TEST(heard.find("550 5.1.1 no") != std::string::npos);
    BOOST_TEST(client.closed());
    BOOST_TEST(taker.delivered == 1);
}

BOOST_FIXTURE_TEST_CASE(too_many_connections_are_told_so, Fixture) {
    LmtpServerLimits limits;
    limits.connections = 2;
    const auto server = serve(limits);
    Client first(endpoint), second(endpoint);
    BOOST_TEST(first.hear("\r\n").starts_with("220"));
    BOOST_TEST(second.hear("\r\n").starts_with("220"));
    Client third(endpoint);
    BOOST_TEST(third.hear("\r\n").starts_with("421"));
    BOOST_TEST(third.closed());
}

BOOST_FIXTURE_TEST_CASE(slow_clients_are_left, Fixture) {
    LmtpServerLimits limits;
    limits.idle = 300ms;
    limits.command = 200ms;
    const auto server = serve(limits);
    const std::string starts[] = {"", "NOO", "LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nhalf a mess"};
    for (const auto& start : starts) {
        Client client(endpoint);
        if (!start.empty()) client.say(start);
        BOOST_TEST(client.hear("421").find("421 4.3.2") != std::string::npos);
        client.hear("\r\n");
        BOOST_TEST(client.closed());
    }
    BOOST_TEST(taker.delivered == 0);
}

BOOST_FIXTURE_TEST_CASE(a_stop_lets_a_message_end_and_tells_the_idle, Fixture) {
    const auto server = serve();
    taker.hold = true;
    Client idle(endpoint), busy(endpoint);
    idle.hear("220");
    busy.say(kMessage);
    busy.hear("354");
    while (taker.delivered == 0) std::this_thread::sleep_for(1ms);
    std::thread stopper([&] { server->stop(); });
    BOOST_TEST(idle.hear("421").find("421") != std::string::npos);
    taker.release();
    const auto heard = busy.hear("421");
    BOOST_TEST(heard.find("250 2.0.0 stored") != std::string::npos);
    BOOST_TEST(heard.find("421") != std::string::npos);
    stopper.join();
    BOOST_TEST(server->connections() == 0u);
}

BOOST_FIXTURE_TEST_CASE(it_answers_while_one_of_its_threads_turns, Fixture) {
    const auto server = serve();
    BOOST_TEST(server->answers(10s));
    std::vector<std::unique_ptr<Client>> clients;
    for (int threads = 1; threads <= 2; ++threads) {
        taker.hang = true;
        clients.push_back(std::make_unique<Client>(endpoint));
        clients.back()->say("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\n");
        while (taker.hanging < threads) std::this_thread::sleep_for(1ms);
        BOOST_TEST(server->answers(threads == 2 ? 100ms : 10'000ms) == (threads < 2));
    }
    taker.hang = false;
    BOOST_TEST(server->answers(10s));
}

BOOST_FIXTURE_TEST_CASE(a_stop_does_not_wait_for_a_client_that_sleeps, Fixture) {
    LmtpServerLimits limits;
    limits.drain = 200ms;
    const auto server = serve(limits);
    Client client(endpoint);
    client.say("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nhalf");
    client.hear("354");
    const auto began = std::chrono::steady_clock::now();
    server->stop();
    BOOST_TEST((std::chrono::steady_clock::now() - began < 5s));
    BOOST_TEST(taker.delivered == 0);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_vanishes_while_it_is_answered_does_no_harm, Fixture) {
    const auto server = serve();
    taker.hold = true;
    {
        Client client(endpoint);
        client.say(kMessage);
        while (taker.delivered == 0) std::this_thread::sleep_for(1ms);
    }
    taker.release();
    taker.hold = false;
    Client next(endpoint);
    next.say(kMessage);
    BOOST_TEST(next.hear("stored").find("stored") != std::string::npos);
}

}  // namespace
}  // namespace crmrelay::bounce
