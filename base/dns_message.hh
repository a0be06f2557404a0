// SPDX-License-Identifier: BSD-2-Clause
//
// DNS messages (RFC 1035 section 4): a question as octets, an answer from octets. It knows no socket, trusts no length, and follows compressed
// names only backwards.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"
#include "base/dns_query.hh"

namespace crmrelay::base {

// A recursive question; with EDNS (RFC 6891) it says that answers of 1,232 octets may come by UDP. Fails on a name that is none.
Result<std::string> dns_question(std::uint16_t id, std::string_view name, DnsType type, bool edns);

struct DnsReply {
    bool ours = false;        // id, question and direction fit; else nothing below counts
    bool truncated = false;
    int rcode = 0;
    DnsAnswer answer;         // for rcode 0 and 3
};

// `question` is what was sent. A message that breaks its own lengths is an error.
Result<DnsReply> read_dns_reply(std::string_view message, std::string_view question, DnsType type);

}  // namespace crmrelay::base
