// SPDX-License-Identifier: BSD-2-Clause
//
// libmicrohttpd, wrapped here and nowhere else. It reads at most kRequestOctets of a connection, and gives a silent one up after kSilence; one that drips
// its octets is closed when it is the oldest of too many, so that Prometheus always finds a place.
#include "base/metrics_server.hh"

#include <fmt/format.h>
#include <microhttpd.h>
#include <sys/socket.h>

#include <chrono>
#include <list>
#include <stdexcept>
#include <string_view>

namespace crmrelay::base {

namespace {

constexpr unsigned kConnections = 32;
constexpr std::size_t kConnectionsKept = 24;   // beyond, the oldest is closed
constexpr std::size_t kRequestOctets = 8192;   // of a connection: request line, header, and the answer's head
constexpr unsigned kSilence = 5;               // seconds
constexpr std::chrono::seconds kFresh{1};

struct Page {
    unsigned status = MHD_HTTP_OK;
    std::string text;
    std::chrono::steady_clock::time_point made{};

    bool is_fresh() const { return made.time_since_epoch().count() != 0 && std::chrono::steady_clock::now() - made < kFresh; }
};

}  // namespace

Fd listen_for_metrics(const Endpoint& endpoint) {
    try {
        return listen_on(endpoint, {}, false);
    } catch (const std::exception& e) {
        throw std::runtime_error(fmt::format("[service] metrics: {}; give metrics another port, or take the key out", e.what()));
    }
}

class MetricsServer::Impl {
public:
    Impl(Fd listening, Pages pages) : pages_(std::move(pages)) {
        daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, nullptr, nullptr, &Impl::on_request, this,
                                   MHD_OPTION_LISTEN_SOCKET, static_cast<MHD_socket>(listening.get()), MHD_OPTION_CONNECTION_LIMIT, kConnections,
                                   MHD_OPTION_CONNECTION_TIMEOUT, kSilence, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kRequestOctets,
                                   MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this, MHD_OPTION_END);
        if (!daemon_) throw std::runtime_error("[service] metrics: the HTTP server cannot be started: no memory or no thread is left");
        static_cast<void>(listening.release());   // libmicrohttpd closes it
    }
    ~Impl() { MHD_stop_daemon(daemon_); }
    Impl(const Impl&) = delete;

private:
    static void on_connection(void* self, MHD_Connection* connection, void** context, MHD_ConnectionNotificationCode what) noexcept {
        auto& open = static_cast<Impl*>(self)->open_;
        using Place = std::list<int>::iterator;
        if (what == MHD_CONNECTION_NOTIFY_STARTED) {
            const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
            *context = new Place(open.insert(open.end(), info->connect_fd));
            if (open.size() > kConnectionsKept) ::shutdown(open.front(), SHUT_RDWR);
        } else if (*context) {
            auto* place = static_cast<Place*>(*context);
            open.erase(*place);
            delete place;
            *context = nullptr;
        }
    }

    static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method, const char*, const char*, std::size_t*, void**) noexcept {
        try {
            return answer(connection, static_cast<Impl*>(self)->page(url, method));
        } catch (const std::exception&) {   // no memory
            return MHD_NO;
        }
    }

    // Answered before a body is read: libmicrohttpd closes the connection then.
    Page page(std::string_view url, std::string_view method) {
        if (method != "GET" && method != "HEAD") return {MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD, please\n"};
        if (url == "/metrics") {
            if (!metrics_.is_fresh()) metrics_ = {MHD_HTTP_OK, pages_.metrics(), std::chrono::steady_clock::now()};
            return metrics_;
        }
        if (url == "/healthz") {
            if (!health_.is_fresh()) {
                const auto trouble = pages_.health();
                const unsigned status = trouble.empty() ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
                health_ = {status, (trouble.empty() ? "ok" : trouble) + "\n", std::chrono::steady_clock::now()};
            }
            return health_;
        }
        return {MHD_HTTP_NOT_FOUND, "there are /metrics and /healthz\n"};
    }

    static MHD_Result answer(MHD_Connection* connection, const Page& page) {
        const auto response = MHD_create_response_from_buffer(page.text.size(), const_cast<char*>(page.text.data()), MHD_RESPMEM_MUST_COPY);
        if (!response) return MHD_NO;
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
        if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        const auto queued = MHD_queue_response(connection, page.status, response);
        MHD_destroy_response(response);
        return queued;
    }

    const Pages pages_;
    Page metrics_, health_;
    std::list<int> open_;          // descriptors, oldest first; of the server's thread
    MHD_Daemon* daemon_ = nullptr;
};

MetricsServer::MetricsServer(Fd listening, Pages pages) : impl_(std::make_unique<Impl>(std::move(listening), std::move(pages))) {}
MetricsServer::~MetricsServer() = default;

}  // namespace crmrelay::base
