// SPDX-License-Identifier: BSD-2-Clause
//
// The client against a server that answers, redirects, talks too much, breaks off and keeps silent.
#include "report/http_client.hh"

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/report/http_server.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;
using namespace std::chrono_literals;

HttpRequest request_to(const std::string& url, bool private_addresses = true) {
    HttpRequest request;
    request.url = url;
    request.headers = {"X-One: 1"};
    request.body = "{}";
    request.private_addresses = private_addresses;
    request.connect = request.total = 1000ms;
    return request;
}

HttpResponse post(HttpClient& client, HttpRequest request) {
    const auto promise = std::make_shared<std::promise<HttpResponse>>();
    auto future = promise->get_future();
    client.post(std::move(request), [promise](HttpResponse response) { promise->set_value(std::move(response)); });
    return future.get();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_CASE(what_is_heard) {
    HttpServer server;
    const auto client = make_http_client();
    const std::string close = "Connection: close\r\n";
    const struct {
        std::string answer;
        int want_status;
        std::string want_body, want_error;
        std::int64_t want_retry;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", "", 0},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", "", 0},
        {"HTTP/1.1 301 Moved\r\nLocation: " + server.url() + "/x\r\nContent-Length: 0\r\n\r\n", 301, "", "", 0},
        {"HTTP/1.1 429 Slow\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 429, "", "", 17},
        {"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\na\r\nb", 500, "a??b", "", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + std::string(90000, 'x'), 200, std::string(kAnswerKept - 3, 'x') + "...", "", 0},
        {"HTTP/1.1 200 OK\r\nX-Long: " + std::string(70000, 'x') + "\r\n\r\n", 0, "", "", 0},
        {"reset", 0, "", "Empty reply", 0},
        {"", 0, "", "timed out", 0},
        {"SSH-2.0\r\n", 0, "", "HTTP/0.9", 0},
    };
    std::size_t count = 0;
    for (const auto& row : rows) {
        server.answer(row.answer);
        const auto got = post(*client, request_to(server.url()));
        BOOST_TEST_CONTEXT(row.answer.substr(0, 30)) {
            BOOST_TEST(got.status == row.want_status);
            BOOST_TEST(got.error.empty() == (row.want_status != 0), got.error);
            BOOST_TEST(holds(got.error, row.want_error), got.error);
            if (row.want_status == 200 && row.want_body.size() > 10) BOOST_TEST(got.body.size() <= kAnswerKept);
            else if (row.want_status != 0) BOOST_TEST(got.body == row.want_body);
            BOOST_TEST(got.retry_after.value_or(0) == row.want_retry);
            BOOST_TEST(server.requests().size() == ++count);   // no redirect is followed
        }
    }
    BOOST_TEST(holds(server.requests()[0], "POST /hooks HTTP/1.1\r\n"));
    BOOST_TEST(holds(server.requests()[0], "\r\nX-One: 1\r\n"));
    BOOST_TEST(server.requests()[0].ends_with("\r\n\r\n{}"));
}

BOOST_AUTO_TEST_CASE(a_private_address_is_not_connected_to) {
    HttpServer server;
    const auto client = make_http_client();
    for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0", "2130706433"}) {
        const auto got = post(*client, request_to(server.url(host), false));
        BOOST_TEST(got.status == 0, host);
        BOOST_TEST(holds(got.error, "is not a public one"), host << ": " << got.error);
    }
    BOOST_TEST(server.connections == 0);
    // Nor over a connection that another webhook has opened.
    BOOST_TEST(post(*client, request_to(server.url())).status == 200);
    BOOST_TEST(holds(post(*client, request_to(server.url(), false)).error, "is not a public one"));
    BOOST_TEST(server.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(connections_are_kept) {
    HttpServer server;
    const auto client = make_http_client();
    for (int i = 0; i < 20; ++i) BOOST_TEST(post(*client, request_to(server.url())).status == 200);
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(many_at_once_and_an_end) {
    HttpServer server;
    std::atomic<int> taken{0}, aborted{0};
    {
        const auto client = make_http_client();
        for (int i = 0; i < 30; ++i)
            client->post(request_to(server.url()), [&](const HttpResponse& response) { taken += response.status == 200; });
        for (int i = 0; i < 500 && taken < 30; ++i) std::this_thread::sleep_for(10ms);
        BOOST_TEST(taken == 30);
        server.answer("");
        auto slow = request_to(server.url());
        slow.total = 60'000ms;
        for (int i = 0; i < 3; ++i) client->post(slow, [&](const HttpResponse& response) { aborted += response.aborted; });
        for (int i = 0; i < 500 && server.requests().size() < 33; ++i) std::this_thread::sleep_for(10ms);
        client->abort();
        for (int i = 0; i < 500 && aborted < 3; ++i) std::this_thread::sleep_for(10ms);
        BOOST_TEST(aborted == 3);
        client->post(slow, [&](const HttpResponse& response) { aborted += response.aborted; });
    }
    BOOST_TEST(aborted == 4);   // its end aborts, too
}

BOOST_AUTO_TEST_CASE(nobody_is_there) {
    const auto client = make_http_client();
    BOOST_TEST(holds(post(*client, request_to("http://127.0.0.1:1/")).error, "onnect"));
    BOOST_TEST(!post(*client, request_to("http://nobody.invalid/")).error.empty());
    BOOST_TEST(!post(*client, request_to("file:///etc/passwd")).error.empty());
}

}  // namespace
}  // namespace crmrelay::report
