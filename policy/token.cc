// SPDX-License-Identifier: BSD-2-Clause
//
// Makes and checks return-path tokens. Signatures are compared in constant time.
#include "policy/token.hh"

#include <utility>

#include "base/crypto.hh"
#include "base/text.hh"

namespace crmrelay::policy {

namespace {

constexpr std::size_t kTimeAt = 1, kIdentityAt = 5, kSignatureAt = 13, kSize = 25;
constexpr base::Seconds kClockSkew = 86400;

std::string signature(std::string_view secret, std::string_view signed_octets, std::string_view bounce_domain) {
    const auto digest = base::hmac_sha256(secret, std::string(signed_octets) + base::lower(bounce_domain));
    return std::string(base::as_text(digest).substr(0, kSize - kSignatureAt));
}

}  // namespace

TokenKeys::TokenKeys(std::vector<std::string> secrets) {
    for (auto& secret : secrets) {
        const auto id = id_of(secret);
        keys_.push_back({id, std::move(secret)});
    }
}

std::uint8_t TokenKeys::id_of(std::string_view secret) { return base::sha256(secret)[0]; }

std::string TokenKeys::make(base::Seconds now, std::string_view identity, std::string_view bounce_domain) const {
    const auto& key = keys_.front();
    std::string octets(1, static_cast<char>(key.id));
    for (int shift = 24; shift >= 0; shift -= 8) octets += static_cast<char>(now >> shift & 0xff);
    octets += identity;
    return base::base32(octets + signature(key.secret, octets, bounce_domain));
}

TokenKeys::Check TokenKeys::check(std::string_view text, std::string_view bounce_domain, base::Seconds now, base::Seconds life) const {
    Check out{Verdict::forged, base::lower(text), 0};
    if (text.size() != kTokenLength) return out;
    const auto octets = base::from_base32(text);
    if (!octets || octets->size() != kSize) return out;
    for (std::size_t i = kTimeAt; i < kIdentityAt; ++i) out.issued_at = out.issued_at << 8 | static_cast<unsigned char>((*octets)[i]);

    const std::string_view view = *octets;
    bool genuine = false;
    for (const auto& key : keys_)
        if (key.id == static_cast<std::uint8_t>(view[0]))
            genuine |= base::constant_time_equal(view.substr(kSignatureAt), signature(key.secret, view.substr(0, kSignatureAt), bounce_domain));
    if (!genuine || out.issued_at > now + kClockSkew) return out;
    out.verdict = out.issued_at + life < now ? Verdict::expired : Verdict::genuine;
    return out;
}

}  // namespace crmrelay::policy
