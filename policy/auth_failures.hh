// SPDX-License-Identifier: BSD-2-Clause
//
// Failed logins by client address (an IPv6 client by its /64): how long the next refusal waits, whether there is room to let it wait, and what the log says
// of it. Times are milliseconds of any steady clock. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/ip.hh"

namespace crmrelay::policy {

using Milliseconds = std::int64_t;

constexpr Milliseconds kDelayStep = 100, kDelayMost = 3000;   // the nth failure waits n steps; Postfix gives up on an answer after 10 s
constexpr Milliseconds kFailuresLast = 600'000;               // after this time without one, failures are forgotten
constexpr int kHeldAClient = 8, kHeldAtAll = 40;              // refusals that wait: each holds an smtpd of at most 100
constexpr std::size_t kClientsKept = 10'000;
constexpr int kLinesAClient = 30, kLinesAtAll = 300;          // of the log in a minute; what is beyond is counted
constexpr std::size_t kSummariesAtAll = 20;
constexpr Milliseconds kMinute = 60'000;

// Who is one client: an IPv4 address, or an IPv6 /64, which one host may have to itself. As text.
std::string client_key(const base::IpAddress& client);

class AuthFailures {
public:
    struct Failed {
        Milliseconds delay = 0;   // 0 where there is no room to wait; otherwise released() follows
        bool log = false;
    };
    Failed failed(const base::IpAddress& client, Milliseconds now);
    void released(const base::IpAddress& client);

    // Whether the log takes another line about this client now.
    bool may_log(const base::IpAddress& client, Milliseconds now);

    // What the log has left out since the former call, where that is a minute ago: the clients with most, and last all others together ("").
    struct Unlogged {
        std::string client;
        std::int64_t count = 0;
    };
    std::vector<Unlogged> unlogged(Milliseconds now);

private:
    struct Entry {
        base::IpAddress client;
        std::int64_t failures = 0, unlogged = 0;
        int held = 0, lines = 0;
        Milliseconds last = 0;
    };
    using Entries = std::list<Entry>;   // the one seen last in front

    Entry& entry(const base::IpAddress& client, Milliseconds now);
    bool log(Entry& entry);

    Entries entries_;
    std::map<base::IpAddress, Entries::iterator> by_client_;
    int held_ = 0, lines_ = 0;
    std::int64_t others_ = 0;           // left out about clients that are not kept any more
    Milliseconds told_ = 0;
};

}  // namespace crmrelay::policy
