// SPDX-License-Identifier: BSD-2-Clause
//
// Signs messages (RFC 6376, 8463), c=relaxed/simple: a message streams through once, whatever the number of keys. It chooses neither what is signed
// nor by whom. libopendkim is not used for this: Debian 12's (2.11.0 beta 2) reads a key anew for each message, and leaks it where it is Ed25519.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "milter/dkim_keys.hh"
#include "milter/line_ends.hh"

namespace crmrelay::milter {

// Everything that is put in is signed, and the names of oversigned_names() once more than they occur.
class DkimSigner {
public:
    DkimSigner();   // throws std::runtime_error where OpenSSL fails
    DkimSigner(DkimSigner&&) noexcept;
    ~DkimSigner();

    // "Name: value", lines within it ending in CR LF, none at its end.
    void header(std::string_view field);
    void body(std::string_view octets);
    // The value of the DKIM-Signature field, lines ending in LF as libmilter takes it, without a leading space. Any number of keys, after the whole body.
    // An Error where the message cannot be signed: no From field, or a CR without LF.
    base::Result<std::string> signature(const DkimKey& key, std::int64_t signed_at);

    // The message itself is why signature() fails, today and tomorrow.
    bool unsignable() const { return !problem_.empty(); }

private:
    struct Hash;
    std::string signed_names() const;
    const std::string& body_hash();

    std::unique_ptr<Hash> body_;
    LineEnds lines_;
    std::size_t line_ends_ = 0;              // octets of CR LF pairs at the end so far, which count only where something follows
    std::string body_hash_;                  // base64, once the body is over
    std::vector<std::string> names_;         // lower case, in the order of the header
    std::vector<std::string> fields_;        // relaxed
    std::string problem_;
};

}  // namespace crmrelay::milter
