// SPDX-License-Identifier: BSD-2-Clause
//
// Reads an RFC5322.From field so strictly that no two readers could disagree on it: RFC 5322 section 3.6.2 without groups,
// routes, domain literals and the obsolete forms. What cannot be read without doubt is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace crmrelay::policy {

struct Mailbox {
    std::string local;    // as written, quotes included
    std::string domain;   // lower case

    std::string text() const { return local + "@" + domain; }
};

constexpr std::size_t kFromCap = 16384;       // octets of the field's value
constexpr std::size_t kFromMailboxes = 50;

// `value` is the field's body, still folded or not.
base::Result<std::vector<Mailbox>> parse_from(std::string_view value);

}  // namespace crmrelay::policy
