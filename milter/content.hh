// SPDX-License-Identifier: BSD-2-Clause
//
// What a CRM's message is made of streams through here where DKIM is configured: into a verifier where somebody wants to know whether a
// signature stands, and into a signer where the domain that it speaks for has keys. Whether it is signed at all, policyd decides at its end.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "conf/config.hh"
#include "milter/dkim.hh"
#include "milter/dkim_settings.hh"
#include "milter/dkim_signer.hh"
#include "milter/signed_names.hh"
#include "policy/facts.hh"

namespace crmrelay::milter {

constexpr std::size_t kHeaderCap = 4 << 20;      // octets of a header that is verified or signed
constexpr std::size_t kHeaderFields = 2000;
constexpr std::size_t kSignedNamesCap = 3500;    // octets of the names in h=: verifiers have bounds, libopendkim's is 4,096

struct Signature {
    std::string domain, selector;
    std::string value;   // of the DKIM-Signature field
};

// The entry that a message speaks for by its From fields, as policyd reads them; null where policyd refuses them.
const conf::Domain* entry_of(const conf::Config& config, const std::vector<std::string>& from);

class Content {
public:
    // `verbatim`: values come with the space behind the colon (SMFIP_HDR_LEADSPC). What is removed from a header counts as gone for our signature.
    Content(std::shared_ptr<const DkimSettings> settings, bool verbatim);
    ~Content();

    void header(std::string_view name, std::string_view value);
    void end_of_header(const std::vector<std::string>& from, const LeavingFields& leaving);
    void body(std::string_view octets);

    // Once, at the end of the message.
    DkimVerifier::Verified verify();
    // The signatures of this entry's keys; an Error where the message was not prepared for them, or one of them cannot be made.
    base::Result<std::vector<Signature>> sign(std::string_view entry);

    // The message itself is why sign() failed: trying again does not help.
    bool unsignable() const { return !problem_.empty() || (signer_ && signer_->unsignable()); }

    // Whether our signature covers fields of this name (lower case) although they are still there.
    bool covers(std::string_view name) const;

private:
    void prepare(const conf::Domain& entry, const LeavingFields& leaving);

    const std::shared_ptr<const DkimSettings> settings_;   // outlives what the library gives
    const bool verbatim_;
    std::size_t octets_ = 0;
    std::string problem_;                                   // why it is neither verified nor signed
    std::vector<std::pair<std::string, std::string>> fields_;   // name (lower case) and the whole field, until the end of the header
    std::optional<DkimVerifier> verifier_;
    std::string entry_;                                     // whose keys sign
    const std::vector<DkimKey>* keys_ = nullptr;
    std::optional<DkimSigner> signer_;
    Names left_out_;
};

}  // namespace crmrelay::milter
