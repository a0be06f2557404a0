// SPDX-License-Identifier: BSD-2-Clause
//
// What Postfix does to an envelope sender after the milter, as far as it would change a return path: masquerading and address maps. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

// How Postfix classes an address' domain, and how it splits local parts.
struct LocalNames {
    std::vector<std::string> domains;      // $myorigin, $mydestination; host names, tables are left out
    std::string recipient_delimiter;
};

// `address` after masquerade_domains: the first entry that is the domain or a parent of it decides, one with "!" in front keeps it.
std::string masqueraded(std::string_view address, const std::vector<std::string>& domains, const std::vector<std::string>& exceptions);

// The keys that Postfix asks an address map for (canonical(5), generic(5)), in its order. `pattern`: regexp and pcre maps only see the whole address.
std::vector<std::string> lookup_keys(std::string_view address, const LocalNames& names, bool pattern);

// What `answer`, found under `key`, makes of `address`. `propagate`: an extension that the key left out is put back
// (propagate_unmatched_extensions names this kind of map).
std::string mapped(std::string_view address, std::string_view key, std::string_view answer, const LocalNames& names, bool propagate);

bool is_pattern_map(std::string_view map);

// The map without what postmap cannot pass: "proxy:hash:/x" is "hash:/x".
std::string_view direct_map(std::string_view map);

}  // namespace crmrelay::ctl
