// SPDX-License-Identifier: BSD-2-Clause
//
// Wraps libpsl.
#include "base/public_suffix.hh"

#include <libpsl.h>

#include "base/text.hh"

namespace crmrelay::base {

namespace {

// Letters, digits, hyphens and underscores between dots; an IPv4 address is no name. libpsl takes anything.
bool is_name(std::string_view text) {
    const auto labels = split(text, '.');
    for (const auto label : labels) {
        if (label.empty()) return false;
        for (const char c : label)
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
    }
    return !parse_number(labels.back());
}

}  // namespace

std::string organisational_domain(std::string_view name) {
    const auto plain = lower(name);
    if (!is_name(plain)) return {};
    const char* found = psl_registrable_domain(psl_builtin(), plain.c_str());
    return found ? std::string(found) : std::string();
}

}  // namespace crmrelay::base
