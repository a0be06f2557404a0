// SPDX-License-Identifier: BSD-2-Clause
//
// Puts load on a policy service over Postfix's policy delegation protocol, and prints queries per second and their latency.
//
//   policy_load [-t] [-c CONNECTIONS] [-n QUERIES] [-a CLIENT] [-u LOGIN] [-r RECIPIENT] [-x CONTEXT] [-e ACTION] unix:PATH | inet:PORT@HOST
//
// With -t it speaks the protocol of Postfix's tcp_table(5) instead, and looks RECIPIENT up. Leaves with 1 where an answer does not begin with ACTION.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/endpoint.hh"
#include "base/guarded.hh"
#include "base/text.hh"

namespace {

using namespace crmrelay;
using Clock = std::chrono::steady_clock;

struct Options {
    std::uint64_t connections = 8, queries = 100'000;
    std::string client = "203.0.113.77", login, recipient = "customer@dest.test", context = "relay", expected = "DUNNO";
    bool table = false;
    base::Endpoint target;
};

Options parse(int argc, char** argv) {
    Options out;
    int c;
    while ((c = ::getopt(argc, argv, "tc:n:a:u:r:x:e:")) != -1) switch (c) {
            case 't': out.table = true; break;
            case 'c': out.connections = std::max<std::uint64_t>(1, base::parse_number(optarg).value_or(0)); break;
            case 'n': out.queries = base::parse_number(optarg).value_or(0); break;
            case 'a': out.client = optarg; break;
            case 'u': out.login = optarg; break;
            case 'r': out.recipient = optarg; break;
            case 'x': out.context = optarg; break;
            case 'e': out.expected = optarg; break;
            default: std::exit(2);
        }
    const auto target = base::Endpoint::parse(optind + 1 == argc ? argv[optind] : "");
    if (!target) {
        fmt::print(stderr, "policy_load: {}\n", target.error());
        std::exit(2);
    }
    out.target = *target;
    return out;
}

// What Postfix 3.7 sends at RCPT.
std::string query_of(const Options& o) {
    if (o.table) return fmt::format("get {}\n", o.recipient);
    return fmt::format(
        "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address={}\nclient_name=unknown\nclient_port=40000\nreverse_client_name=unknown\n"
        "server_address=192.0.2.1\nserver_port=10587\nhelo_name=crm.test\nsender=b@crm.test\nrecipient={}\nrecipient_count=0\nqueue_id=\ninstance=1f2.5e3a.1\nsize=4096\n"
        "etrn_domain=\nstress=\nsasl_method=PLAIN\nsasl_username={}\nsasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\nccert_pubkey_fingerprint=\n"
        "encryption_protocol=TLSv1.3\nencryption_cipher=TLS_AES_256_GCM_SHA384\nencryption_keysize=256\npolicy_context={}\n\n",
        o.client, o.recipient, o.login, o.context);
}

struct Tally {
    std::vector<double> microseconds;
    std::map<std::string, std::uint64_t> answers;
};

void run(const Options& o, std::atomic<std::int64_t>& left, Tally& tally) {
    const auto fd = base::connect_to(o.target, 30);
    const auto query = query_of(o);
    const std::string_view prefix = o.table ? "200 " : "action=", end = o.table ? "\n" : "\n\n";
    char octets[4096];
    while (left.fetch_sub(1) > 0) {
        const auto begin = Clock::now();
        if (::send(fd.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0) break;
        std::string answer;
        while (!answer.ends_with(end)) {
            const auto n = ::recv(fd.get(), octets, sizeof octets, 0);
            if (n <= 0) break;
            answer.append(octets, static_cast<std::size_t>(n));
        }
        tally.microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
        ++tally.answers[answer.starts_with(prefix) ? answer.substr(prefix.size(), answer.find('\n') - prefix.size()) : "(closed)"];
        if (!answer.ends_with(end)) break;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto o = parse(argc, argv);
    std::atomic<std::int64_t> left{static_cast<std::int64_t>(o.queries)};
    std::vector<Tally> tallies(o.connections);
    std::vector<std::thread> threads;
    const auto begin = Clock::now();
    for (auto& tally : tallies) threads.emplace_back([&o, &left, &tally] { run(o, left, tally); });
    for (auto& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();

    Tally all;
    for (auto& tally : tallies) {
        all.microseconds.insert(all.microseconds.end(), tally.microseconds.begin(), tally.microseconds.end());
        for (const auto& [answer, count] : tally.answers) all.answers[answer] += count;
    }
    std::ranges::sort(all.microseconds);
    const auto at = [&](double q) { return all.microseconds.empty() ? 0.0 : all.microseconds[static_cast<std::size_t>(q * static_cast<double>(all.microseconds.size() - 1))]; };
    fmt::print("queries {} in {:.3f} s: {:.0f}/s; latency us p50 {:.0f} p99 {:.0f}\n", all.microseconds.size(), seconds,
               static_cast<double>(all.microseconds.size()) / seconds, at(0.5), at(0.99));
    bool expected = all.microseconds.size() == o.queries;
    for (const auto& [answer, count] : all.answers) {
        fmt::print("  {} x {}\n", count, answer);
        expected = expected && answer.starts_with(o.expected);
    }
    return expected ? 0 : 1;
}
