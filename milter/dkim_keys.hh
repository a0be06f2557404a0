// SPDX-License-Identifier: BSD-2-Clause
//
// Reads DKIM's private keys from their files (PEM, RSA or Ed25519), and refuses what no receiver would accept. It signs nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"
#include "milter/dkim.hh"

namespace crmrelay::milter {

constexpr int kRsaLeastBits = 1024;     // RFC 8301 section 3.2; 2048 are advised there
constexpr int kRsaMostBits = 8192;      // signing takes seconds beyond

// `text` as read from `path`. Errors name the file, never its content.
base::Result<DkimKey> parse_dkim_key(std::string_view text, const std::string& path, std::string domain, std::string selector);
base::Result<DkimKey> load_dkim_key(const std::string& path, std::string domain, std::string selector);

}  // namespace crmrelay::milter
