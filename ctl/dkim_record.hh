// SPDX-License-Identifier: BSD-2-Clause
//
// DKIM key records (RFC 6376 section 3.6.1, RFC 8463): made from a private key, and compared with what a DNS answer holds. Nothing is
// looked up, and no private half is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace crmrelay::ctl {

struct DkimPublicKey {
    std::string type;          // "rsa" or "ed25519", as the k= tag says it
    int bits = 0;
    std::string base64;        // the p= tag: of RSA a SubjectPublicKeyInfo, of Ed25519 the 32 octets

    std::string record() const;   // "v=DKIM1; k=rsa; p=…"
};

// The public half of a private key in PEM form; `path` is what errors call it.
base::Result<DkimPublicKey> dkim_public_key(std::string_view pem, const std::string& path);

// The same of a file, which is refused where everybody may read it.
base::Result<DkimPublicKey> read_dkim_key(const std::string& path);

// A record as the strings of a TXT record, which hold 255 octets at most (RFC 1035 section 3.3.14).
std::vector<std::string> txt_strings(std::string_view record);

struct DkimComparison {
    enum class Outcome { match, missing, differs };
    Outcome outcome = Outcome::missing;
    std::string words;         // how it differs; or of a match what weakens it, else empty
};

// `texts`: the TXT records at SELECTOR._domainkey.DOMAIN, each with its strings joined.
DkimComparison compare_dkim(const DkimPublicKey& key, const std::vector<std::string>& texts);

}  // namespace crmrelay::ctl
