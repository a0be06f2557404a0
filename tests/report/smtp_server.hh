// SPDX-License-Identifier: BSD-2-Clause
//
// A small SMTP server on 127.0.0.1 for tests: takes mails, or fails in a chosen way.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hh"
#include "base/guarded.hh"

namespace crmrelay::report::fixtures {

enum class Behave {
    queue,
    no_queue_id,      // 250 without "queued as"
    greet_554,        // refuses at the greeting
    ehlo_then_421,    // 421 to MAIL
    mail_451,
    rcpt_450,
    rcpt_550,
    data_end_451,
    data_end_554,
    hang_at_end,      // takes the message and never answers
    reset_in_data,    // closes when the message begins to come
    die_after_250,    // answers 250, then closes
    endless_reply,    // 250-, and again, and again
};

class SmtpServer {
public:
    struct Mail {
        std::string sender_line, recipient_line, octets;
    };

    SmtpServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd_.get(), 16) != 0) throw std::runtime_error("no port");
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
        url = "smtp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~SmtpServer() {
        stop_ = true;
        acceptor_.join();
        for (auto& thread : sessions_) thread.join();
    }

    std::vector<Mail> mails() { return *mails_.lock(); }

    std::string url;
    std::atomic<Behave> behave{Behave::queue};
    std::atomic<int> connections{0};

private:
    bool readable(int fd) {
        while (!stop_) {
            pollfd entry{fd, POLLIN, 0};
            if (::poll(&entry, 1, 20) > 0) return true;
        }
        return false;
    }

    void accept_all() {
        while (readable(fd_.get())) {
            base::Fd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!client) continue;
            ++connections;
            sessions_.emplace_back([this, fd = client.release()] { serve(base::Fd(fd)); });
        }
    }

    static bool say(int fd, std::string text) {
        text += "\r\n";
        return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }

    // Reads until `mark`; what follows it stays in `buffer`.
    bool hear(int fd, std::string& buffer, std::string_view mark, std::string& out) {
        for (;;) {
            if (const auto at = buffer.find(mark); at != std::string::npos) {
                out = buffer.substr(0, at);
                buffer.erase(0, at + mark.size());
                return true;
            }
            char chunk[4096];
            if (!readable(fd)) return false;
            const auto count = ::recv(fd, chunk, sizeof chunk, 0);
            if (count <= 0) return false;
            buffer.append(chunk, static_cast<std::size_t>(count));
        }
    }

    void serve(base::Fd client) {
        const int fd = client.get();
        if (behave == Behave::greet_554) {
            say(fd, "554 no service here");
            return;
        }
        say(fd, "220 test ESMTP");
        std::string buffer, line;
        Mail mail;
        while (hear(fd, buffer, "\r\n", line)) {
            const auto verb = line.substr(0, 4);
            const auto now = behave.load();
            if (verb == "EHLO") {
                say(fd, "250-test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8");
            } else if (verb == "MAIL") {
                mail = {line, "", ""};
                say(fd, now == Behave::mail_451 ? "451 4.3.0 later" : now == Behave::ehlo_then_421 ? "421 4.3.2 going down" : "250 2.1.0 Ok");
                if (now == Behave::ehlo_then_421) return;
            } else if (verb == "RCPT") {
                mail.recipient_line = line;
                if (now == Behave::endless_reply)
                    while (!stop_ && say(fd, "250-" + std::string(900, 'x'))) {
                    }
                say(fd, now == Behave::rcpt_450 ? "450 4.2.0 not now" : now == Behave::rcpt_550 ? "550 5.1.1 no such user" : "250 2.1.5 Ok");
            } else if (verb == "DATA") {
                say(fd, "354 go on");
                if (now == Behave::reset_in_data) {
                    readable(fd);
                    return;
                }
                if (!hear(fd, buffer, "\r\n.\r\n", mail.octets)) return;
                if (now == Behave::hang_at_end) {
                    std::string never;
                    hear(fd, buffer, "\r\n", never);
                    return;
                }
                if (now == Behave::data_end_451 || now == Behave::data_end_554) {
                    say(fd, now == Behave::data_end_451 ? "451 4.3.0 queue file write error" : "554 5.7.1 refused");
                    continue;
                }
                mails_.lock()->push_back(mail);
                say(fd, now == Behave::no_queue_id ? "250 taken" : "250 2.0.0 Ok: queued as Q" + std::to_string(++queued_));
                if (now == Behave::die_after_250) return;
            } else if (verb == "QUIT") {
                say(fd, "221 bye");
                return;
            } else {
                say(fd, "250 Ok");
            }
        }
    }

    base::Fd fd_;
    std::atomic<bool> stop_{false};
    std::atomic<int> queued_{0};
    base::Guarded<std::vector<Mail>> mails_;
    std::list<std::thread> sessions_;
    std::thread acceptor_;
};

}  // namespace crmrelay::report::fixtures
