// SPDX-License-Identifier: BSD-2-Clause
//
// Evaluates SPF (RFC 7208): does the record of a name pass a client? libspf2 judges, wrapped here and nowhere else. It is given names of our own
// making instead of the record's text (macros, explanations and sizes are where it has been broken: CVE-2021-20314, CVE-2021-33912, CVE-2021-33913,
// CVE-2023-42118), and it asks DNS through us. Only names that the administrator wrote are evaluated, with a fixed sender and HELO.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/ip.hh"
#include "base/dns_query.hh"

namespace crmrelay::policy {

using base::DnsAnswer, base::DnsClient, base::DnsType;
using Budget = base::DnsBudget;
using Resolve = base::DnsResolve;

struct SpfAnswer {
    // no_record: the name publishes none. broken: its record, or one that it leads to, is wrong (permerror).
    enum class Verdict { pass, not_pass, temporary, no_record, broken };
    Verdict verdict = Verdict::temporary;
    std::string error;        // for the last three; names the domain
    base::Seconds ttl = 0;    // the shortest of all that was looked up

    bool definite() const { return verdict != Verdict::temporary; }
};

// One record looked at for one or more clients; what one of them needed is not asked for again. One thread.
class SpfQuery {
public:
    SpfQuery(Resolve resolve, const Budget& budget) : resolve_(std::move(resolve)), budget_(budget) {}

    // Blocks as long as the budget allows. `name` as in the configuration.
    SpfAnswer evaluate(const base::IpAddress& client, const std::string& name);

    static constexpr int kMostLookups = 10;      // RFC 7208 section 4.6.4: terms that ask DNS
    static constexpr int kMostVoid = 2;          // of these, with no answer; exists does not count: nothing is its ordinary "no"
    static constexpr int kMostQuestions = 100;   // of one client in all: MX and PTR lead to more

    // The evaluation's view of DNS.
    const DnsAnswer& look_up(const std::string& name, DnsType type);
    const Budget& budget() const { return budget_; }

private:
    Resolve resolve_;
    Budget budget_;
    std::map<std::pair<std::string, DnsType>, DnsAnswer> memory_;
};

}  // namespace crmrelay::policy
