// SPDX-License-Identifier: BSD-2-Clause
//
// Lists keys by the identifiers that tokens carry.
#include "ctl/key_file.hh"

#include <fmt/format.h>

#include "base/text.hh"
#include "conf/secrets.hh"
#include "policy/token.hh"

namespace crmrelay::ctl {

base::Result<std::vector<KeyInfo>> list_keys(std::string_view text, const std::string& path) {
    const auto keys = conf::parse_keys(text, path);
    if (!keys) return base::Error{keys.error()};
    std::vector<KeyInfo> out;
    for (const auto& key : *keys) out.push_back({fmt::format("{:02x}", policy::TokenKeys::id_of(key.secret)), key.comment, out.empty()});
    return out;
}

std::string with_first_key(std::string_view text, std::string_view secret, base::Seconds now) {
    return fmt::format("{} # created {}\n{}", secret, base::rfc3339(now).substr(0, 10), text);
}

}  // namespace crmrelay::ctl
