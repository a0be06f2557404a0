// SPDX-License-Identifier: BSD-2-Clause
//
// DMARC (RFC 7489) as far as a relay must know it: what a published record asks for, and whether a return path and a signature align with it. Pure but for
// the Public Suffix List.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

struct DmarcRecord {
    std::string policy;            // "none", "quarantine", "reject"
    bool strict_spf = false;       // aspf=s
    bool strict_dkim = false;      // adkim=s
};

// The one record among the TXT records of a name; nothing where there is none or more than one (section 6.6.3).
std::optional<DmarcRecord> dmarc_record(const std::vector<std::string>& texts);

// Section 3.1: the same name, or (relaxed) of the same organisational domain.
bool aligned(std::string_view domain, std::string_view from_domain, bool strict);

}  // namespace crmrelay::ctl
