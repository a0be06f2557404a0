// SPDX-License-Identifier: BSD-2-Clause
//
// The return-path token: a signed handle of a stored record, 40 letters of [a-z2-7] that survive case folding.
//
// 25 octets in base32: key id (1, the first octet of the key's SHA-256), time of issue (4, seconds since the epoch, big endian), a random
// identity (8), and the first 12 octets of HMAC-SHA256 over the thirteen octets before and the bounce domain in lower case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "conf/names.hh"

namespace crmrelay::policy {

using conf::kTokenLength;

class TokenKeys {
public:
    // The first signs, all verify. At least one.
    explicit TokenKeys(std::vector<std::string> secrets);

    // `identity` is 8 random octets.
    std::string make(base::Seconds now, std::string_view identity, std::string_view bounce_domain) const;

    enum class Verdict { genuine, forged, expired };
    struct Check {
        Verdict verdict;
        std::string token;           // in lower case, as the store has it
        base::Seconds issued_at = 0;
    };
    // `text` in any case. A token lives `life` seconds from its issue; one from more than a day ahead is forged.
    Check check(std::string_view text, std::string_view bounce_domain, base::Seconds now, base::Seconds life) const;

    static std::uint8_t id_of(std::string_view secret);

private:
    struct Key {
        std::uint8_t id;
        std::string secret;
    };
    std::vector<Key> keys_;
};

}  // namespace crmrelay::policy
