// SPDX-License-Identifier: BSD-2-Clause
//
// DKIM's private keys: reads them from their files (PEM, RSA or Ed25519), refuses what no receiver would accept, and signs digests with them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/crypto.hh"
#include "base/result.hh"

namespace crmrelay::milter {

enum class DkimAlgorithm { rsa_sha256, ed25519_sha256 };
std::string_view name_of(DkimAlgorithm algorithm);   // as in a=

// A key as OpenSSL holds it. Any number of threads may sign with it.
class PrivateKey {
public:
    struct Held;
    explicit PrivateKey(std::unique_ptr<const Held> held);
    ~PrivateKey();

    // Octets: RSASSA-PKCS1-v1_5 of a SHA-256 digest, or Ed25519 of the digest's octets (RFC 8463 section 3).
    base::Result<std::string> sign(const base::Digest& digest) const;

private:
    const std::unique_ptr<const Held> held_;
};

struct DkimKey {
    std::string domain, selector;
    DkimAlgorithm algorithm = DkimAlgorithm::rsa_sha256;
    std::shared_ptr<const PrivateKey> secret;
};

constexpr int kRsaLeastBits = 1024;     // RFC 8301 section 3.2; 2048 are advised there
constexpr int kRsaMostBits = 8192;      // signing takes seconds beyond

// `text` as read from `path`. Errors name the file, never its content.
base::Result<DkimKey> parse_dkim_key(std::string_view text, const std::string& path, std::string domain, std::string selector);
base::Result<DkimKey> load_dkim_key(const std::string& path, std::string domain, std::string selector);

}  // namespace crmrelay::milter
