// SPDX-License-Identifier: BSD-2-Clause
//
// Which addresses are nobody's business but this host's and its network's: a webhook goes there only where its key says so.
#pragma once

#include "base/ip.hh"

namespace crmrelay::report {

// False for loopback, link-local, private, shared, multicast, reserved and unspecified addresses (RFC 6890, RFC 4193), and for IPv6 addresses that stand
// for such an IPv4 address (mapped, NAT64, 6to4) or hide one (Teredo).
bool is_public(const base::IpAddress& address);

}  // namespace crmrelay::report
