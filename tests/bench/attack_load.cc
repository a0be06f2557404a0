// SPDX-License-Identifier: BSD-2-Clause
//
// Attacks policyd's sockets as strangers and other customers of the CRM's cloud can: from inside every network, with the login's name but not its password, with
// logins of their own, with From fields, tenants and signatures as they like. Each attempt is answered before the next one of its connection.
//
//   attack_load [-n ATTEMPTS] [-c CONNECTIONS] [-l LOGIN] [-o OTHER-LOGIN] [-f FROM] POLICY ADMISSION AUTH
//
// A hundredth goes to the login server, whose hashing is meant to be slow; the others to both other sockets in turn. Leaves with 1 where one was granted,
// relayed or logged in, or not answered within a minute.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/crypto.hh"
#include "base/endpoint.hh"
#include "base/text.hh"
#include "policy/admission.hh"

namespace {

using namespace crmrelay;

struct Options {
    std::uint64_t attempts = 20'000, connections = 8;
    std::string login = "crm@example.com", other_login = "crm@neighbour.test", from = "sales@example.com";
    base::Endpoint policy, admission, auth;
};

Options parse(int argc, char** argv) {
    Options out;
    int c;
    while ((c = ::getopt(argc, argv, "n:c:l:o:f:")) != -1) switch (c) {
            case 'n': out.attempts = base::parse_number(optarg).value_or(0); break;
            case 'c': out.connections = std::max<std::uint64_t>(1, base::parse_number(optarg).value_or(0)); break;
            case 'l': out.login = optarg; break;
            case 'o': out.other_login = optarg; break;
            case 'f': out.from = optarg; break;
            default: std::exit(2);
        }
    base::Endpoint* const ends[] = {&out.policy, &out.admission, &out.auth};
    for (int i = 0; i < 3; ++i) {
        const auto end = base::Endpoint::parse(optind + i < argc ? argv[optind + i] : "");
        if (!end) {
            fmt::print(stderr, "attack_load: {}\n", end.error());
            std::exit(2);
        }
        *ends[i] = *end;
    }
    return out;
}

class Connection {
public:
    explicit Connection(const base::Endpoint& end) : fd_(base::connect_to(end, 60)) {}

    bool send(std::string_view octets) {
        while (!octets.empty()) {
            const auto n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            octets.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    // Through the first `end`; nothing where the connection ended before.
    std::optional<std::string> until(std::string_view end) {
        for (;;) {
            if (const auto at = have_.find(end); at != std::string::npos) return take(at + end.size());
            if (!more()) return std::nullopt;
        }
    }
    std::optional<std::string> octets(std::size_t count) {
        while (have_.size() < count)
            if (!more()) return std::nullopt;
        return take(count);
    }

private:
    bool more() {
        char buffer[4096];
        const auto n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (n > 0) have_.append(buffer, static_cast<std::size_t>(n));
        return n > 0;
    }
    std::string take(std::size_t count) {
        auto out = have_.substr(0, count);
        have_.erase(0, count);
        return out;
    }

    base::Fd fd_;
    std::string have_;
};

// Nearly half of the attackers are inside the networks (127.0.0.16/28), a few come again and again.
std::string client_of(std::uint64_t n) { return n % 2 ? fmt::format("127.0.0.{}", 16 + n / 2 % 16) : fmt::format("203.{}.{}.{}", n / 2 % 100, n / 200 % 200, n / 40000 % 200); }

bool attack_policy(Connection& to, const Options& o, std::uint64_t n) {
    const bool neighbour = n % 3 == 0, tls = n % 5 != 0;
    if (!to.send(fmt::format("request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address={}\nclient_port={}\nserver_address=127.0.0.1\nserver_port=10587\nsender=r@crm.test\n"
                             "recipient=victim{}@dest.test\ninstance=a{:x}.0\nsasl_username={}\nencryption_protocol={}\nccert_fingerprint={}\npolicy_context={}\n\n",
                             client_of(n), 1024 + n % 60000, n, n, neighbour ? o.other_login : "", tls ? "TLSv1.3" : "", n % 11 == 0 ? "AB:CD:EF" : "",
                             n % 7 == 0 ? "granted" : n % 13 == 0 ? "recipient" : "relay")))
        return false;
    const auto answer = to.until("\n\n");
    return answer && !answer->starts_with("action=OK");
}

bool attack_admission(Connection& to, const Options& o, std::uint64_t n) {
    policy::SessionFacts facts;
    facts.client = *base::IpAddress::parse(client_of(n));
    facts.port = static_cast<std::uint16_t>(1024 + n % 60000);
    facts.server = *base::IpAddress::parse("127.0.0.1");
    facts.service = 10587;
    if (n % 3 == 0) facts.login = o.other_login;
    if (n % 5) facts.tls = "TLSv1.3";
    const auto session = fmt::format("attack-{}", n);
    std::string questions;
    if (n % 4 == 0) questions += encode(policy::Question(policy::Ended{session, facts, static_cast<std::uint32_t>(n % 3)}));
    questions += encode(policy::Question(policy::Announce{session, facts}));
    policy::Admit admit{session, facts, {}};
    admit.message.queue_id = fmt::format("{:X}A", n + 0x10000000);
    admit.message.sender = "r@crm.test";
    admit.message.recipients = {{"victim@dest.test", "", ""}};
    admit.message.from = {n % 6 ? o.from : fmt::format("x@unknown{}.test", n)};
    admit.message.headers = {{"X-Tenant", fmt::format("{}", n)}};
    admit.message.dkim = {fmt::format("other{}.test", n % 9)};
    questions += encode(policy::Question(admit));
    questions += encode(policy::Question(policy::Close{session}));
    if (!to.send(questions)) return false;
    const auto head = to.octets(policy::kFrameHead);
    const auto length = head ? policy::frame_length(*head) : base::Result<std::size_t>(base::Error{"closed"});
    const auto attributes = length ? to.octets(*length) : std::nullopt;
    const auto answer = attributes ? policy::decode_answer(*attributes) : base::Result<policy::Answer>(base::Error{"closed"});
    return answer && !std::holds_alternative<policy::Relay>(*answer);
}

// Many at once: whoever guesses is answered later and later.
bool attack_auth(Connection& to, const Options& o, std::uint64_t first, std::uint64_t count) {
    constexpr std::uint64_t kWindow = 200;
    std::uint64_t open = 0, sent = 0;
    while (sent < count || open > 0) {
        for (; sent < count && open < kWindow; ++sent, ++open) {
            const auto n = first + sent;
            const auto secret = std::string(1, '\0') + (n % 4 ? o.login : fmt::format("nobody{}@example.com", n)) + std::string(1, '\0') + fmt::format("guess{}", n);
            if (!to.send(fmt::format("AUTH\t{}\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip={}\tsecured\tresp={}\n", n + 1, client_of(n), base::base64(secret)))) return false;
        }
        const auto answer = to.until("\n");
        if (!answer || answer->starts_with("OK")) return false;
        --open;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const auto o = parse(argc, argv);
    const auto of_auth = std::max<std::uint64_t>(1, o.attempts / 100), rest = o.attempts - of_auth;
    std::atomic<std::uint64_t> next{0}, failed{0};
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < o.connections; ++i)
        threads.emplace_back([&] {
            Connection policy(o.policy), admission(o.admission);
            for (auto n = next++; n < rest; n = next++)
                if (!(n % 2 ? attack_policy(policy, o, n / 2) : attack_admission(admission, o, n / 2))) {
                    fmt::print(stderr, "attempt {} was granted, or not answered\n", n);
                    ++failed;
                    return;
                }
        });
    threads.emplace_back([&] {
        Connection auth(o.auth);
        const bool ok = auth.send("VERSION\t1\t0\nCPID\t17\n") && auth.until("DONE\n") && attack_auth(auth, o, 0, of_auth);
        if (!ok) ++failed;
    });
    for (auto& thread : threads) thread.join();
    fmt::print("{} attempts in {:.1f} s, {} granted or not answered\n", o.attempts, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), failed.load());
    return failed == 0 ? 0 : 1;
}
