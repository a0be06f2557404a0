// SPDX-License-Identifier: BSD-2-Clause
//
// The one sink of all log lines: a datagram socket to syslogd, reconnected when syslogd was restarted. It never blocks.
#include "base/log.hh"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <ctime>

#include "base/fd.hh"
#include "base/guarded.hh"
#include "base/text.hh"

namespace crmrelay::base {

namespace {

constexpr int kFacilityMail = 2 << 3;
constexpr std::size_t kLineCap = 4096;

class Sink {
public:
    void open(LogTarget target) {
        target_ = std::move(target);
        configured_ = true;
        socket_ = Fd();
    }

    void write(Severity severity, std::string_view text) {
        if (severity == Severity::debug && !target_.verbose) return;
        const bool sent = configured_ && send(severity, text);
        if (!sent || target_.to_stderr) {
            const auto line = fmt::format("{}{}{}\n", target_.ident, target_.ident.empty() ? "" : ": ", text);
            [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
        }
    }

private:
    bool connect() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (target_.path.size() >= sizeof address.sun_path) return false;
        std::memcpy(address.sun_path, target_.path.c_str(), target_.path.size() + 1);
        socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    bool send(Severity severity, std::string_view text) {
        char stamp[32];
        const std::time_t now = std::time(nullptr);
        std::tm parts{};
        localtime_r(&now, &parts);
        std::strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &parts);
        const auto line = fmt::format("<{}>{} {}[{}]: {}", kFacilityMail | static_cast<int>(severity), stamp, target_.ident, ::getpid(), text);
        for (int attempt = 0; attempt < 2; ++attempt) {
            if (!socket_ && !connect()) {
                socket_ = Fd();
                return false;
            }
            if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) >= 0) return true;
            socket_ = Fd();
        }
        return false;
    }

    LogTarget target_;
    bool configured_ = false;
    Fd socket_;
};

Guarded<Sink>& sink() {
    static Guarded<Sink> instance;
    return instance;
}

}  // namespace

void open_log(LogTarget target) { sink().lock()->open(std::move(target)); }

Line::Line(Severity severity, std::string_view event, std::string_view id) : severity_(severity) {
    if (!id.empty()) text_ = neuter(id, 128) + ": ";
    text_ += event;
}

Line::~Line() {
    sink().lock()->write(severity_, neuter(text_, kLineCap));  // a cut line, too, is valid UTF-8
}

Line& Line::field(std::string_view key, std::string_view value) {
    text_ += fmt::format(" {}={}", key, log_value(value));
    return *this;
}

Line& Line::field(std::string_view key, std::int64_t value) {
    text_ += fmt::format(" {}={}", key, value);
    return *this;
}

Line& Line::address(std::string_view key, std::string_view mailbox) { return field(key, fmt::format("<{}>", mailbox)); }

Line& Line::optional(std::string_view key, std::string_view value) { return value.empty() ? *this : field(key, value); }

}  // namespace crmrelay::base
