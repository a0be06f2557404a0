// SPDX-License-Identifier: BSD-2-Clause
//
// DKIM keys from the DNS (RFC 6376 section 3.6.2): which record of an answer is the key. It sends and reads nothing itself, base/dns_query.hh does,
// and keeps nothing between two look-ups: the resolvers that are asked have a cache.
#pragma once

#include <vector>

#include "base/dns_query.hh"
#include "base/endpoint.hh"
#include "milter/dkim.hh"

namespace crmrelay::milter {

// Asks `resolvers`; where there are none, those of /etc/resolv.conf as it is at that moment. It blocks until its deadline at most.
KeySource key_source(std::vector<base::Endpoint> resolvers);

// What an answer for TXT records holds.
KeyAnswer key_in(base::DnsAnswer answer);

}  // namespace crmrelay::milter
