// SPDX-License-Identifier: BSD-2-Clause
//
// The DNS records that a configured domain needs, as values and as lines of a zone file (RFC 1035 section 5). Nothing is looked up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "conf/config.hh"
#include "ctl/dkim_record.hh"

namespace crmrelay::ctl {

// What Postfix says of itself.
struct MailHost {
    std::string name;                     // myhostname; empty: not known
    std::vector<std::string> addresses;   // smtp_bind_address, smtp_bind_address6, where they are set
    bool relayhost = false;               // mail leaves through another server
};

struct DnsRecord {
    std::string name;                     // without the last dot
    std::string type;                     // "MX", "TXT"
    std::string value;                    // "10 mail.example.com."; of a TXT record its text
    bool merge = false;                   // the name has such a record in all likelihood: it is changed, not replaced
    std::vector<std::string> notes;       // what it is for, and what it takes for granted
};

struct DnsKey {
    std::string selector;
    DkimPublicKey key;
};

std::vector<DnsRecord> dns_records(const conf::Domain& domain, const MailHost& host, const std::vector<DnsKey>& keys);

// A record below its notes, which are comments; one to be merged is a comment itself.
std::string zone_lines(const DnsRecord& record);

}  // namespace crmrelay::ctl
