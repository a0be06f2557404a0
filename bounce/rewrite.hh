// SPDX-License-Identifier: BSD-2-Clause
//
// Makes of a delivery report that came to our return path the one that the CRM would have got: our address, our envelope id and recipients that are
// not the CRM's go out of it, the CRM's own come in. Text surgery only: what needs no change stays byte for byte (RFC 3464, RFC 3461 section 6.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxRewriteAddress = 512;   // octets of either address; SMTP allows 256 (RFC 5321 section 4.5.3.1.3)
inline constexpr std::size_t kMaxEnvelopeId = 512;       // octets of an ENVID; RFC 3461 section 4.4 allows 100

struct Rewrite {
    std::string our_address;                   // what the CRM's return path was turned into: "token@bounce.example.com"
    std::string original_address;              // the CRM's return path
    std::string token;                         // our envelope id; a status field with no other value than it counts as the envelope id too
    std::optional<std::string> original_envid; // as the CRM gave it to MAIL FROM, in xtext; the report gets it decoded. None: the field goes
    std::vector<bool> keep_recipient;          // by index of Report::recipients; empty keeps all. Words for people that name one that goes are replaced
    std::vector<std::string> added_headers;    // whole lines, put on top; a line end at the end of each is not needed
    bool truncated = false;                    // the raw message was cut: multiparts that are open at its end get closing boundaries
};

// Errors: an address or envelope id that holds controls or is too long, an added header that is none, keep_recipient of a wrong size or keeping none,
// a report that names further recipients once those that are not kept have gone.
// `report` is read_report(raw).
base::Result<std::string> rewrite_report(std::string_view raw, const Report& report, const Rewrite& rewrite);

}  // namespace crmrelay::bounce
