// SPDX-License-Identifier: BSD-2-Clause
//
// Keeps digests until their time is over.
#include "policy/remembered.hh"

namespace crmrelay::policy {

base::Digest Remembered::digest(std::string_view login, std::string_view password, std::string_view hash) const {
    std::string text;   // NUL is in none of the three
    for (const auto part : {login, password, hash}) text.append(part).push_back('\0');
    return base::hmac_sha256(key_, text);
}

bool Remembered::knows(std::string_view login, std::string_view password, std::string_view hash, std::int64_t now) const {
    const auto at = until_.find(digest(login, password, hash));
    return at != until_.end() && now < at->second;
}

void Remembered::remember(std::string_view login, std::string_view password, std::string_view hash, std::int64_t now) {
    if (until_.size() >= kRememberedMost) std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
    if (until_.size() >= kRememberedMost) until_.erase(until_.begin());
    until_[digest(login, password, hash)] = now + kRememberedFor;
}

}  // namespace crmrelay::policy
