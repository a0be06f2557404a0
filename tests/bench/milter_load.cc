// SPDX-License-Identifier: BSD-2-Clause
//
// Puts load on a milter over its wire protocol, with no MTA between: each connection is one SMTP session with several messages.
//
//   milter_load [options] unix:PATH | inet:PORT@HOST
//
// Prints messages per second, the latency of a whole message (MAIL to the answer to its end) and what the milter answered. Leaves with 1
// where an answer was not the one that -e names. With -R each message has a time at which it is due, and its latency counts from there: what waits
// because all connections are busy has waited.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.hh"
#include "base/text.hh"
#include "tests/bench/milter_wire.hh"

namespace {

using namespace crmrelay;
using bench::Answer;
using bench::MilterWire;
using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    "usage: milter_load [options] unix:PATH | inet:PORT@HOST\n"
    "  -c N   connections at a time (8)          -a ADDRESS  client address (192.0.2.10)\n"
    "  -n N   messages in all (20000)            -u LOGIN    SASL login, \"\" for none (crm@example.com)\n"
    "  -m N   messages a connection (10)         -s ADDRESS  envelope sender (bounce@crm.test)\n"
    "  -b N   octets of a body (4096)            -f FROM     From field (Sales <sales@example.com>)\n"
    "  -i N   idle sessions beside the load (0)  -r ADDRESS  recipient (customer@dest.test)\n"
    "  -w N   seconds that they stay before it   -e ANSWER   expected: relay, continue (\"relay, signed\"), accept, or a reply's start (\"550 5.7.1\")\n"
    "  -R N   messages a second, each due at its time; 0: as fast as they are answered (0)\n";

struct Options {
    std::uint64_t connections = 8, messages = 20000, per_connection = 10, body = 4096, idle = 0, wait = 0, rate = 0;
    std::string client = "192.0.2.10", login = "crm@example.com", sender = "bounce@crm.test", from = "Sales <sales@example.com>", recipient = "customer@dest.test";
    std::string expected;
    base::Endpoint target;
};

[[noreturn]] void usage(const std::string& why) {
    fmt::print(stderr, "milter_load: {}\n{}", why, kUsage);
    std::exit(2);
}

std::uint64_t count(const char* text) {
    const auto value = base::parse_number(text);
    if (!value) usage(fmt::format("\"{}\" is no number", text));
    return *value;
}

Options parse(int argc, char** argv) {
    Options out;
    int c;
    while ((c = ::getopt(argc, argv, "c:n:m:b:i:w:R:a:u:s:f:r:e:")) != -1) switch (c) {
            case 'c': out.connections = count(optarg); break;
            case 'n': out.messages = count(optarg); break;
            case 'm': out.per_connection = std::max<std::uint64_t>(1, count(optarg)); break;
            case 'b': out.body = count(optarg); break;
            case 'i': out.idle = count(optarg); break;
            case 'w': out.wait = count(optarg); break;
            case 'R': out.rate = count(optarg); break;
            case 'a': out.client = optarg; break;
            case 'u': out.login = optarg; break;
            case 's': out.sender = optarg; break;
            case 'f': out.from = optarg; break;
            case 'r': out.recipient = optarg; break;
            case 'e': out.expected = optarg; break;
            default: usage("unknown option");
        }
    const auto target = base::Endpoint::parse(optind + 1 == argc ? argv[optind] : "");
    if (!target) usage(target.error());
    out.target = *target;
    return out;
}

// What all workers together have done and seen.
struct Tally {
    std::vector<double> latencies;   // microseconds
    std::map<std::string, std::uint64_t> answers;
    std::vector<std::string> failures;
};

std::string name_of(const Answer& answer) {
    bool relayed = false, with_signature = false;
    for (const auto& edit : answer.edits) {
        relayed = relayed || edit.command == SMFIR_CHGFROM;
        with_signature = with_signature || edit.command == SMFIR_INSHEADER;
    }
    const char* more = with_signature ? ", signed" : "";
    switch (answer.verdict) {
        case SMFIR_CONTINUE: return fmt::format("{}{}", relayed ? "relay" : "continue", more);
        case SMFIR_ACCEPT: return fmt::format("accept{}", more);
        case SMFIR_REPLYCODE: return answer.reply;
        default: return fmt::format("verdict {}", answer.verdict);
    }
}

// One SMTP session; sessions of one client have ports of their own, as a client's connections do.
class Session {
public:
    Session(const Options& options, std::uint64_t number) : options_(options), port_(static_cast<std::uint16_t>(1024 + number % 60000)), number_(number), wire_(options.target) {
        wire_.negotiate();
        wire_.connect("crm.test", options.client, port_, {{"{client_addr}", options.client}, {"{client_port}", std::to_string(port_)}});
        wire_.helo("crm.test");
        wire_.flush();
    }

    Answer message(const std::string& body) {
        const std::string id = fmt::format("L{:X}{:03X}", number_, serial_++);
        bench::Macros mail = {{"{client_addr}", options_.client}, {"{client_port}", std::to_string(port_)}, {"{tls_version}", "TLSv1.3"}};
        if (!options_.login.empty()) mail.emplace_back("{auth_authen}", options_.login);
        Answer answer = wire_.mail({"<" + options_.sender + ">", fmt::format("SIZE={}", body.size() + 300)}, mail);
        if (answer.goes_on()) answer = wire_.rcpt({"<" + options_.recipient + ">"}, {{"{rcpt_mailer}", "smtp"}});
        if (answer.goes_on()) answer = wire_.data({{"i", id}});
        if (answer.goes_on()) answer = content(id, body);
        if (!answer.goes_on()) wire_.abort();
        return answer;
    }

    void quit() { wire_.quit(); }

private:
    Answer content(const std::string& id, const std::string& body) {
        const std::pair<const char*, std::string> fields[] = {
            {"From", options_.from}, {"To", "<" + options_.recipient + ">"}, {"Subject", "Your quotation"}, {"Date", "Mon, 23 Nov 2026 12:00:00 +0900"},
            {"Message-ID", "<" + id + "@crm.test>"}, {"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"X-Mailer", "CRM"}};
        for (const auto& [name, value] : fields)
            if (Answer answer = wire_.header(name, value); !answer.goes_on()) return answer;
        if (Answer answer = wire_.end_of_header(); !answer.goes_on()) return answer;
        if (Answer answer = wire_.body(body); !answer.goes_on()) return answer;
        return wire_.end({{"i", id}});
    }

    const Options& options_;
    const std::uint16_t port_;
    const std::uint64_t number_;
    MilterWire wire_;
    unsigned serial_ = 0;
};

class Load {
public:
    explicit Load(const Options& options) : options_(options), left_(static_cast<std::int64_t>(options.messages)) {
        while (body_.size() < options.body) body_ += "Dear customer, please find the quotation that you asked for below.\r\n";
        body_.resize(options.body);
    }

    Tally run() {
        std::vector<std::thread> workers;
        for (std::uint64_t i = 0; i < options_.connections; ++i) workers.emplace_back([this] { work(); });
        for (auto& worker : workers) worker.join();
        return *tally_.lock();
    }

private:
    void work() {
        Tally mine;
        try {
            while (left_ > 0) serve_session(mine);
        } catch (const std::exception& problem) {
            mine.failures.emplace_back(problem.what());
        }
        auto all = tally_.lock();
        all->latencies.insert(all->latencies.end(), mine.latencies.begin(), mine.latencies.end());
        all->failures.insert(all->failures.end(), mine.failures.begin(), mine.failures.end());
        for (const auto& [name, n] : mine.answers) all->answers[name] += n;
    }

    void serve_session(Tally& mine) {
        Session session(options_, ++sessions_);
        for (std::uint64_t i = 0; i < options_.per_connection && left_.fetch_sub(1) > 0; ++i) {
            const auto start = due();
            const auto answer = session.message(body_);
            mine.latencies.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
            ++mine.answers[name_of(answer)];
        }
        session.quit();
    }

    // When the next message is to begin; it is then.
    Clock::time_point due() {
        if (options_.rate == 0) return Clock::now();
        const auto at = start_ + std::chrono::nanoseconds(1'000'000'000 / options_.rate * begun_++);
        std::this_thread::sleep_until(at);
        return at;
    }

    const Options& options_;
    std::string body_;
    const Clock::time_point start_ = Clock::now();
    std::atomic<std::uint64_t> begun_{0};
    std::atomic<std::int64_t> left_;
    std::atomic<std::uint64_t> sessions_{0};
    base::Guarded<Tally> tally_;
};

// The value that a share of all latencies stays below.
double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()))))];
}

int report(Tally tally, double seconds, const std::string& expected) {
    std::ranges::sort(tally.latencies);
    fmt::print("messages {} in {:.3f} s: {:.0f} msg/s; latency us p50 {:.0f} p90 {:.0f} p99 {:.0f} max {:.0f}\n", tally.latencies.size(), seconds,
               static_cast<double>(tally.latencies.size()) / seconds, percentile(tally.latencies, 0.5), percentile(tally.latencies, 0.9),
               percentile(tally.latencies, 0.99), percentile(tally.latencies, 1));
    bool good = tally.failures.empty();
    for (const auto& [answer, n] : tally.answers) {
        const bool wanted = expected.empty() || answer.starts_with(expected);
        good = good && wanted;
        fmt::print("  {:8} {}{}\n", n, answer, wanted ? "" : "   <- not expected");
    }
    for (const auto& failure : tally.failures) fmt::print("  failed: {}\n", failure);
    return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    try {
        std::vector<std::unique_ptr<Session>> idle;
        for (std::uint64_t i = 0; i < options.idle; ++i) idle.push_back(std::make_unique<Session>(options, 30000 + i));
        if (options.idle > 0) {
            fmt::print("idle sessions: {}\n", options.idle);
            std::fflush(stdout);
        }
        std::this_thread::sleep_for(std::chrono::seconds(options.wait));
        Load load(options);
        const auto start = Clock::now();
        Tally tally = load.run();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        for (auto& session : idle) session->quit();
        return report(std::move(tally), seconds, options.expected);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "milter_load: {}\n", problem.what());
        return 1;
    }
}
