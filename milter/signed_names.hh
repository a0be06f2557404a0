// SPDX-License-Identifier: BSD-2-Clause
//
// Header fields and signatures, by name: what ours cover, what those of a message cover (h= of DKIM-Signature and ARC-Message-Signature), and so
// which fields may leave. Values in, values out.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace crmrelay::milter {

using Names = std::set<std::string, std::less<>>;   // lower case

// Names that our signatures name once more than they occur: nobody can add another. They are fields that no server adds to mail on its way;
// Date and Message-ID, which a next hop adds where they are missing, are signed but not among them.
std::span<const std::string_view> oversigned_names();
// Whether our signatures cover fields of this name (lower case): the above, and what RFC 6376 section 5.4.1 advises. Never Received,
// Return-Path or a signature.
bool is_signed_name(std::string_view name);

// The names in h= of a signature field's value, lower case.
Names covered_names(std::string_view signature);

// Counts the fields of a message that somebody may want to leave, and knows which of them a signature of the message covers.
class LeavingFields {
public:
    // `wanted`: names (lower case) that some domain removes.
    void add(std::string_view name, std::string_view value, const Names& wanted);
    // How many fields of this name may leave: all of them, or none where a signature covers it or there is none.
    int count(std::string_view name) const;

private:
    std::map<std::string, int, std::less<>> seen_;
    Names covered_;   // of `wanted` only
};

}  // namespace crmrelay::milter
