// SPDX-License-Identifier: BSD-2-Clause
//
// One DNS question to the configured resolvers (RFC 1035, RFC 6891): UDP first, TCP where the answer is cut. It brings the TTL, never outlives its
// budget, caches nothing and follows no delegation: the resolver does.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/endpoint.hh"

namespace crmrelay::base {

enum class DnsType : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

struct DnsAnswer {
    enum class Outcome { found, nothing, no_such_name, temporary };
    Outcome outcome = Outcome::temporary;
    // As many as kMostDnsRecords; 4 or 16 octets for an address, a name for PTR and MX (by preference), a text cut at kMostTxtOctets + 1 for TXT.
    std::vector<std::string> records;
    Seconds ttl = 0;   // the shortest of the answer's; of the SOA where there is none (RFC 2308)
    std::string error;       // for Outcome::temporary: the last server asked, and what was wrong
};

constexpr std::size_t kMostDnsRecords = 128;
constexpr std::size_t kMostTxtOctets = 4096;
constexpr std::size_t kMostNameOctets = 253;
constexpr std::size_t kMostDnsServers = 3;   // as resolv.conf(5) has it

// How long a chain of questions may take.
struct DnsBudget {
    std::chrono::steady_clock::time_point deadline;
    const std::atomic<bool>* stop = nullptr;   // set: the process ends, and everything is given up

    bool spent() const;
    std::chrono::milliseconds left() const;    // never negative
};

using DnsResolve = std::function<DnsAnswer(const std::string& name, DnsType type, const DnsBudget& budget)>;

// The servers of a resolv.conf(5), kMostDnsServers of them; 127.0.0.1 where it names none.
std::vector<Endpoint> resolvers_in(std::string_view resolv_conf);

// Asks the first kMostDnsServers servers in turn, twice round, two seconds a try, and blocks meanwhile. Without servers those of /etc/resolv.conf are read
// anew for each question. Any thread.
class DnsClient {
public:
    explicit DnsClient(std::vector<Endpoint> servers) : servers_(std::move(servers)) {}
    DnsAnswer ask(const std::string& name, DnsType type, const DnsBudget& budget) const;

private:
    std::vector<Endpoint> servers_;
};

}  // namespace crmrelay::base
