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
#include <vector>

#include "base/clock.hh"
#include "base/endpoint.hh"

namespace crmrelay::policy {

enum class DnsType : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

struct DnsAnswer {
    enum class Outcome { found, nothing, no_such_name, temporary };
    Outcome outcome = Outcome::temporary;
    // As many as kMostDnsRecords; 4 or 16 octets for an address, a name for PTR and MX (by preference), a text cut at kMostTxtOctets + 1 for TXT.
    std::vector<std::string> records;
    base::Seconds ttl = 0;   // the shortest of the answer's; of the SOA where there is none (RFC 2308)
    std::string error;       // for Outcome::temporary
};

constexpr std::size_t kMostDnsRecords = 128;
constexpr std::size_t kMostTxtOctets = 4096;
constexpr std::size_t kMostNameOctets = 253;

// How long a chain of questions may take.
struct Budget {
    std::chrono::steady_clock::time_point deadline;
    const std::atomic<bool>* stop = nullptr;   // set: the process ends, and everything is given up

    bool spent() const;
    std::chrono::milliseconds left() const;    // never negative
};

using Resolve = std::function<DnsAnswer(const std::string& name, DnsType type, const Budget& budget)>;

// Asks each server in turn, twice round, two seconds a try. Without servers those of /etc/resolv.conf are read anew for each question. Any thread.
class DnsClient {
public:
    explicit DnsClient(std::vector<base::Endpoint> servers) : servers_(std::move(servers)) {}
    DnsAnswer ask(const std::string& name, DnsType type, const Budget& budget) const;

private:
    std::vector<base::Endpoint> servers_;
};

}  // namespace crmrelay::policy
