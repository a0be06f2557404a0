// SPDX-License-Identifier: BSD-2-Clause
//
// One multi handle, one thread. An address is looked at when the socket is opened, and again before a request goes over a connection that another request
// opened, so that neither a DNS answer that changes nor a shared connection leads to an address that this webhook must not have.
#include "report/http_client.hh"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/text.hh"
#include "report/curl_global.hh"
#include "report/public_address.hh"

namespace crmrelay::report {

namespace {

constexpr long kConnectionsKept = 64;
constexpr std::size_t kHandlesKept = 64;
constexpr int kPollMost = 10'000;   // ms; whoever posts wakes the thread

struct EasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;

std::optional<base::IpAddress> address_of(const sockaddr& from) {
    char text[INET6_ADDRSTRLEN] = "";
    if (from.sa_family == AF_INET) inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
    else if (from.sa_family == AF_INET6) inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, text, sizeof text);
    const auto address = base::IpAddress::parse(text);
    if (!address) return std::nullopt;
    return *address;
}

// One request and what is heard of it.
struct Exchange {
    HttpRequest request;
    std::function<void(HttpResponse)> done;
    Easy easy;
    std::unique_ptr<curl_slist, ListDelete> headers;
    HttpResponse response;
    std::size_t header_octets = 0, body_octets = 0;
    std::string refused;               // the address that was not connected to
    bool cut = false;
    char error[CURL_ERROR_SIZE] = "";

    bool may_reach(const base::IpAddress& address) const { return request.private_addresses || !request.proxy.empty() || is_public(address); }

    static std::size_t body(char* octets, std::size_t size, std::size_t count, void* self_) {
        auto& self = *static_cast<Exchange*>(self_);
        self.body_octets += size * count;
        if (self.response.body.size() < kAnswerKept) self.response.body.append(octets, std::min(size * count, kAnswerKept - self.response.body.size()));
        self.cut = self.body_octets > kAnswerCap;
        return self.cut ? 0 : size * count;
    }

    static std::size_t header(char*, std::size_t size, std::size_t count, void* self_) {
        auto& self = *static_cast<Exchange*>(self_);
        self.header_octets += size * count;
        return self.header_octets > kAnswerCap ? 0 : size * count;
    }

    static curl_socket_t open(void* self_, curlsocktype, curl_sockaddr* address) {
        auto& self = *static_cast<Exchange*>(self_);
        const auto ip = address_of(address->addr);
        if (!ip || !self.may_reach(*ip)) {
            self.refused = ip ? ip->text() : "no IP address";
            return CURL_SOCKET_BAD;
        }
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }

    static int before_request(void* self_, char* ip_text, char*, int, int) {
        auto& self = *static_cast<Exchange*>(self_);
        const auto ip = base::IpAddress::parse(ip_text);
        if (ip && self.may_reach(*ip)) return CURL_PREREQFUNC_OK;
        self.refused = ip_text;
        return CURL_PREREQFUNC_ABORT;
    }
};

class CurlClient : public HttpClient {
public:
    CurlClient() : multi_(curl_multi_init()) {
        if (!multi_) throw std::runtime_error("libcurl has no memory");
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnectionsKept);
        thread_ = std::thread([this] { run(); });
    }

    ~CurlClient() override {
        {
            const std::lock_guard lock(mutex_);
            closing_ = aborting_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.join();
        idle_.clear();
        curl_multi_cleanup(multi_);
    }

    void post(HttpRequest request, std::function<void(HttpResponse)> done) override {
        auto exchange = std::make_unique<Exchange>();
        exchange->request = std::move(request);
        exchange->done = std::move(done);
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            wake = posted_.empty();   // one wake-up serves all who come before the thread looks
            posted_.push_back(std::move(exchange));
        }
        if (wake) curl_multi_wakeup(multi_);
    }

    void abort() override {
        {
            const std::lock_guard lock(mutex_);
            aborting_ = true;
        }
        curl_multi_wakeup(multi_);
    }

private:
    void run() {
        for (bool closing = false; !closing;) {
            std::list<std::unique_ptr<Exchange>> fresh;
            bool aborting = false;
            {
                const std::lock_guard lock(mutex_);
                fresh.swap(posted_);
                aborting = std::exchange(aborting_, false);
                closing = closing_;
            }
            for (auto& exchange : fresh) begin(std::move(exchange));
            if (aborting) abort_all();
            int running = 0;
            curl_multi_perform(multi_, &running);
            take_finished();
            if (!closing) curl_multi_poll(multi_, nullptr, 0, kPollMost, nullptr);
        }
    }

    void begin(std::unique_ptr<Exchange> exchange) {
        if (idle_.empty()) {
            exchange->easy.reset(curl_easy_init());
        } else {
            exchange->easy = std::move(idle_.back());
            idle_.pop_back();
        }
        if (!exchange->easy) return finish(std::move(exchange), CURLE_OUT_OF_MEMORY);
        prepare(*exchange);
        if (curl_multi_add_handle(multi_, exchange->easy.get()) != CURLM_OK) return finish(std::move(exchange), CURLE_OUT_OF_MEMORY);
        running_.push_back(std::move(exchange));
        curl_easy_setopt(running_.back()->easy.get(), CURLOPT_PRIVATE, running_.back().get());
    }

    static void prepare(Exchange& exchange) {
        CURL* easy = exchange.easy.get();
        const auto& request = exchange.request;
        curl_slist* list = nullptr;
        for (const auto& header : request.headers) list = curl_slist_append(list, header.c_str());
        list = curl_slist_append(list, "Expect:");   // no round trip before the body
        exchange.headers.reset(list);
        curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
        if (!request.ca.empty()) {
            curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca.c_str());
            curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
        }
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect.count()));
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total.count()));
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Exchange::open);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Exchange::before_request);
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange);
    }

    void take_finished() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            Exchange* found = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &found);
            end(found, message->data.result);
        }
    }

    void end(const Exchange* which, CURLcode code) {
        const auto at = std::ranges::find(running_, which, [](const auto& each) { return each.get(); });
        auto exchange = std::move(*at);
        running_.erase(at);
        curl_multi_remove_handle(multi_, exchange->easy.get());
        finish(std::move(exchange), code);
    }

    void abort_all() {
        while (!running_.empty()) {
            running_.front()->response.aborted = true;
            end(running_.front().get(), CURLE_ABORTED_BY_CALLBACK);
        }
    }

    void finish(std::unique_ptr<Exchange> exchange, CURLcode code) {
        auto& response = exchange->response;
        if (CURL* easy = exchange->easy.get()) read_result(*exchange, easy, code);
        else response.error = "libcurl has no memory";
        if (exchange->easy && idle_.size() < kHandlesKept) {
            curl_easy_reset(exchange->easy.get());
            idle_.push_back(std::move(exchange->easy));
        }
        exchange->done(std::move(response));
    }

    static void read_result(Exchange& exchange, CURL* easy, CURLcode code) {
        auto& response = exchange.response;
        long status = 0;
        curl_off_t retry_after = 0;
        const char* address = nullptr;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
        if (address) response.address = address;
        response.body = base::neuter(response.body, kAnswerKept);
        // A body beyond the cap is cut by us: the status has been heard.
        if (code == CURLE_OK || (exchange.cut && status != 0)) {
            response.status = static_cast<int>(status);
            if (retry_after > 0) response.retry_after = retry_after;
            return;
        }
        if (!exchange.refused.empty())
            response.error = fmt::format("its address {} is not a public one: it is not connected to unless the webhook has private_addresses = true", exchange.refused);
        else
            response.error = base::neuter(exchange.error[0] ? exchange.error : curl_easy_strerror(code));
    }

    CurlGlobal global_;
    CURLM* const multi_;
    std::vector<Easy> idle_;
    std::list<std::unique_ptr<Exchange>> running_;

    std::mutex mutex_;
    std::list<std::unique_ptr<Exchange>> posted_;
    bool closing_ = false, aborting_ = false;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<CurlClient>(); }

}  // namespace crmrelay::report
