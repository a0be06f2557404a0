// SPDX-License-Identifier: BSD-2-Clause
//
// POSTs to receivers of webhooks, many at once, by libcurl in a thread of its own. It follows no redirect, verifies TLS, reads a bounded answer, keeps its
// deadlines, connects to no address that is not public unless told so, and retries nothing.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crmrelay::report {

struct HttpRequest {
    std::string url;
    std::vector<std::string> headers;        // "Name: value"
    std::string body;
    bool private_addresses = false;
    std::string ca;                          // path; empty: the system's authorities
    std::string proxy;                       // empty: none, whatever the environment says
    std::chrono::milliseconds connect{10'000}, total{30'000};
};

struct HttpResponse {
    int status = 0;                          // 0: there was no answer
    std::string body;                        // its beginning
    std::string error;                       // why there is no answer, in words
    std::optional<std::int64_t> retry_after; // seconds
    std::string address;                     // that was connected to
    bool aborted = false;                    // by abort()
};

class HttpClient {
public:
    virtual ~HttpClient() = default;   // aborts what runs
    // From any thread. `done` is called once, on the client's own thread, and must not block.
    virtual void post(HttpRequest request, std::function<void(HttpResponse)> done) = 0;
    virtual void abort() = 0;          // what runs ends at once
};

constexpr std::size_t kAnswerKept = 1024;        // octets of an answer's body
constexpr std::size_t kAnswerCap = 65536;        // octets of an answer's header, and of its body, that are read

std::unique_ptr<HttpClient> make_http_client();

}  // namespace crmrelay::report
