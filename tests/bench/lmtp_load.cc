// SPDX-License-Identifier: BSD-2-Clause
//
// Delivers bounces over LMTP on several connections, one after the other on each, and counts the answers: what crmrelay-bounced takes in a second.
//
//   lmtp_load [-c CONNECTIONS] [-n MESSAGES] [-p] -f MESSAGE -r RECIPIENTS unix:PATH|inet:PORT@HOST
//
// RECIPIENTS holds one address a line, used in turn; each @RCPT@ in MESSAGE becomes the address. -p pipelines MAIL, RCPT and DATA as Postfix does.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/endpoint.hh"
#include "base/guarded.hh"

namespace {

using namespace crmrelay;
using Clock = std::chrono::steady_clock;

struct Options {
    int connections = 4;
    int messages = 5000;
    bool pipelined = false;
    std::string message, recipients, target;
};

struct Tally {
    std::map<std::string, long> answers;   // by reply code and enhanced code
    std::vector<double> milliseconds;
};

class Client {
public:
    explicit Client(const base::Endpoint& endpoint) : fd_(base::connect_to(endpoint, 60)) {
        expect("220");
        say("LHLO bench.example.com\r\n");
        expect("250");
    }

    void say(std::string_view octets) {
        while (!octets.empty()) {
            const auto count = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (count <= 0) throw std::runtime_error("the server takes no more");
            octets.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    std::string answer() {
        for (;;) {
            const auto end = heard_.find("\r\n", at_);
            if (end == std::string::npos) {
                more();
                continue;
            }
            std::string line = heard_.substr(at_, end - at_);
            at_ = end + 2;
            if (at_ == heard_.size()) {
                heard_.clear();
                at_ = 0;
            }
            if (line.size() < 4 || line[3] != '-') return line;
        }
    }

    void expect(std::string_view code) {
        if (const auto line = answer(); !line.starts_with(code)) throw std::runtime_error("unexpected answer: " + line);
    }

    // The final answer for one message.
    std::string deliver(const std::string& recipient, const std::string& octets, bool pipelined) {
        const std::string mail = "MAIL FROM:<>\r\n", rcpt = "RCPT TO:<" + recipient + ">\r\n";
        if (pipelined) {
            say(mail + rcpt + "DATA\r\n");
            expect("250");
            const auto taken = answer();
            const auto go_on = answer();
            if (!go_on.starts_with("354")) {
                say("RSET\r\n");
                expect("250");
                return taken;
            }
        } else {
            say(mail);
            expect("250");
            say(rcpt);
            if (const auto taken = answer(); !taken.starts_with("250")) {
                say("RSET\r\n");
                expect("250");
                return taken;
            }
            say("DATA\r\n");
            expect("354");
        }
        say(octets);
        return answer();
    }

private:
    void more() {
        char buffer[16384];
        const auto count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (count <= 0) throw std::runtime_error("the server closed the connection");
        heard_.append(buffer, static_cast<std::size_t>(count));
    }

    base::Fd fd_;
    std::string heard_;
    std::size_t at_ = 0;
};

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error(path + ": cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> read_lines(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error(path + ": cannot be read");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) lines.push_back(line);
    if (lines.empty()) throw std::runtime_error(path + ": names no recipient");
    return lines;
}

// The message as DATA carries it, cut where an address belongs.
std::vector<std::string> on_the_wire(std::string_view message) {
    std::string wire;
    bool line_start = true;
    for (const char c : message) {
        if (c == '\r') continue;
        if (line_start && c == '.') wire += '.';
        if (c == '\n') wire += '\r';
        wire += c;
        line_start = c == '\n';
    }
    if (!line_start) wire += "\r\n";
    wire += ".\r\n";
    constexpr std::string_view kMark = "@RCPT@";
    std::vector<std::string> pieces;
    for (std::size_t from = 0;;) {
        const auto at = wire.find(kMark, from);
        pieces.push_back(wire.substr(from, at == std::string::npos ? at : at - from));
        if (at == std::string::npos) return pieces;
        from = at + kMark.size();
    }
}

std::string filled(const std::vector<std::string>& pieces, const std::string& recipient) {
    std::string out = pieces[0];
    for (std::size_t i = 1; i < pieces.size(); ++i) out.append(recipient).append(pieces[i]);
    return out;
}

Options parse(int argc, char** argv) {
    Options out;
    for (int c; (c = ::getopt(argc, argv, "c:n:f:r:p")) != -1;) switch (c) {
            case 'c': out.connections = std::atoi(optarg); break;
            case 'n': out.messages = std::atoi(optarg); break;
            case 'f': out.message = optarg; break;
            case 'r': out.recipients = optarg; break;
            case 'p': out.pipelined = true; break;
            default: throw std::runtime_error("unknown option");
        }
    if (optind + 1 != argc || out.message.empty() || out.recipients.empty() || out.connections < 1 || out.messages < 1)
        throw std::runtime_error("usage: lmtp_load [-c CONNECTIONS] [-n MESSAGES] [-p] -f MESSAGE -r RECIPIENTS unix:PATH|inet:PORT@HOST");
    out.target = argv[optind];
    return out;
}

int run(const Options& options) {
    const auto endpoint = base::Endpoint::parse(options.target);
    if (!endpoint) throw std::runtime_error(endpoint.error());
    const auto pieces = on_the_wire(read_file(options.message));
    const auto recipients = read_lines(options.recipients);
    std::atomic<int> next{0};
    std::atomic<bool> broken{false};
    base::Guarded<Tally> total;
    const auto began = Clock::now();
    std::vector<std::thread> threads;
    for (int t = 0; t < options.connections; ++t)
        threads.emplace_back([&] {
            Tally mine;
            try {
                Client client(*endpoint);
                for (int i; (i = next.fetch_add(1)) < options.messages;) {
                    const auto& recipient = recipients[static_cast<std::size_t>(i) % recipients.size()];
                    const auto start = Clock::now();
                    const auto answer = client.deliver(recipient, filled(pieces, recipient), options.pipelined);
                    mine.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
                    ++mine.answers[answer.substr(0, 9)];
                }
            } catch (const std::exception& error) {
                fmt::print(stderr, "lmtp_load: {}\n", error.what());
                broken = true;
            }
            auto sum = total.lock();
            sum->milliseconds.insert(sum->milliseconds.end(), mine.milliseconds.begin(), mine.milliseconds.end());
            for (const auto& [answer, count] : mine.answers) sum->answers[answer] += count;
        });
    for (auto& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    auto lock = total.lock();
    auto& times = lock->milliseconds;
    if (times.empty()) return 1;
    std::sort(times.begin(), times.end());
    const auto quantile = [&](std::size_t percent) { return times[std::min(times.size() - 1, times.size() * percent / 100)]; };
    fmt::print("{} messages in {:.3f} s: {:.0f} messages/s, p50 {:.2f} ms, p99 {:.2f} ms\n", times.size(), seconds, static_cast<double>(times.size()) / seconds, quantile(50),
               quantile(99));
    for (const auto& [answer, count] : lock->answers) fmt::print("{} {}\n", count, answer);
    return broken ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(parse(argc, argv));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
