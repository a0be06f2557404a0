// SPDX-License-Identifier: BSD-2-Clause
//
// HTTP clients as they should be, and as they should not.
#include "base/metrics_server.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(metrics_server)

using namespace crmrelay::base;

namespace {

struct Fixture {
    Fixture() {
        Fd socket = listen_for_metrics({false, {}, "127.0.0.1", 0});
        sockaddr_in address{};
        socklen_t length = sizeof address;
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
        endpoint = {false, {}, "127.0.0.1", ntohs(address.sin_port)};
        server = std::make_unique<MetricsServer>(std::move(socket), MetricsServer::Pages{[this] {
                                                     ++reads;
                                                     return std::string("a 1\n");
                                                 },
                                                                                         [this] { return trouble; }});
    }

    Fd client() const { return connect_to(endpoint, 10); }

    static std::string rest_of(const Fd& fd) {
        std::string out;
        char buffer[4096];
        for (ssize_t n; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
        return out;
    }

    std::string ask(const std::string& request) const {
        const Fd fd = client();
        ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
        return rest_of(fd);
    }
    std::string get(const std::string& path) const { return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }

    Endpoint endpoint;
    std::atomic<int> reads{0};
    std::string trouble;
    std::unique_ptr<MetricsServer> server;
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_CASE(pages_and_what_is_none, Fixture) {
    struct {
        const char* request;
        const char* want_status;
        const char* want_part;
    } rows[] = {
        {"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "\r\n\r\na 1\n"},
        {"GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "a 1\n"},
        {"GET /metrics?name=x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "text/plain; version=0.0.4; charset=utf-8"},
        {"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "Content-Length: 4\r\n"},
        {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "\r\n\r\nok\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404", "/metrics and /healthz"},
        {"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404", "/metrics and /healthz"},
        {"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405", "Allow: GET, HEAD\r\n"},
        {"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405", "Allow: GET, HEAD\r\n"},
    };
    for (const auto& [request, want_status, want_part] : rows) BOOST_TEST_CONTEXT(request) {
        const auto answer = ask(request);
        BOOST_TEST(answer.starts_with(want_status), answer);
        BOOST_TEST(holds(answer, want_part), answer);
    }
    BOOST_TEST(!holds(ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "a 1"));
}

BOOST_FIXTURE_TEST_CASE(pages_are_made_once_a_second_at_most, Fixture) {
    for (int i = 0; i < 50; ++i) get("/metrics");
    BOOST_TEST(reads < 20);
    BOOST_TEST(reads >= 1);
}

BOOST_FIXTURE_TEST_CASE(trouble_is_503_and_says_what, Fixture) {
    trouble = "the store cannot be written";
    const auto answer = get("/healthz");
    BOOST_TEST(answer.starts_with("HTTP/1.1 503"));
    BOOST_TEST(holds(answer, "the store cannot be written\n"));
}

BOOST_FIXTURE_TEST_CASE(a_huge_header_is_refused, Fixture) {
    const auto answer = ask("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(100'000, 'a') + "\r\n\r\n");
    BOOST_TEST(!holds(answer, "a 1\n"));
    BOOST_TEST(get("/metrics").starts_with("HTTP/1.1 200"));
}

BOOST_FIXTURE_TEST_CASE(clients_that_drip_do_not_keep_others_out, Fixture) {
    std::vector<Fd> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(client());
        ::send(slow.back().get(), "GET /met", 8, MSG_NOSIGNAL);
    }
    BOOST_TEST(get("/metrics").starts_with("HTTP/1.1 200"));
    BOOST_TEST(rest_of(slow.front()) == "");   // closed: it was the oldest of too many
}

BOOST_FIXTURE_TEST_CASE(it_ends_with_clients_connected, Fixture) {
    const Fd idle = client();
    server.reset();
    BOOST_TEST(rest_of(idle) == "");
    BOOST_CHECK_THROW(client(), std::exception);
}

BOOST_FIXTURE_TEST_CASE(a_busy_port_is_named, Fixture) {
    const auto says = [this](const std::runtime_error& error) {
        return holds(error.what(), "[service] metrics") && holds(error.what(), "inet:" + std::to_string(endpoint.port) + "@127.0.0.1");
    };
    BOOST_CHECK_EXCEPTION(listen_for_metrics(endpoint), std::runtime_error, says);
}

BOOST_AUTO_TEST_SUITE_END()
