// SPDX-License-Identifier: BSD-2-Clause
//
// Secret files: read whole, refused where others could read them. Errors name the file and the mending command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace crmrelay::conf {

// One return-path key (a line of [service] keys). The octets of the word itself are the HMAC key.
struct ReturnPathKey {
    std::string secret;          // at least kKeyLeast octets
    std::string comment;         // what stands behind "#": `crmrelayctl key rotate` writes the date
};

constexpr std::size_t kKeyLeast = 16;
constexpr std::size_t kSecretFileCap = 65536;

// A regular file that neither group members other than its own nor others may read: mode & 0007 must be 0.
base::Result<std::string> read_secret(const std::string& path);

// Lines of "SECRET [# comment]"; blank and comment lines are skipped; at least one key.
base::Result<std::vector<ReturnPathKey>> parse_keys(std::string_view text, const std::string& path);
base::Result<std::vector<ReturnPathKey>> load_keys(const std::string& path);

}  // namespace crmrelay::conf
