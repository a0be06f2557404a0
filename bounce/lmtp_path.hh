// SPDX-License-Identifier: BSD-2-Clause
//
// The argument of MAIL and RCPT (RFC 5321 section 4.1.2): a path in angles and its parameters. A source route is dropped (section 4.1.1.3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace crmrelay::bounce {

struct LmtpPath {
    std::string mailbox;                        // as written, quotes included; empty for <>
    std::vector<std::string_view> parameters;   // of the text that was parsed
};

// `text` is what stands behind the verb, `keyword` is "FROM:" or "TO:".
base::Result<LmtpPath> parse_lmtp_path(std::string_view text, std::string_view keyword);

}  // namespace crmrelay::bounce
