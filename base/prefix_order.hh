// SPDX-License-Identifier: BSD-2-Clause
//
// The order in which a prefix table is built: outer prefixes before those that lie in them. It knows no table.
#pragma once

#include <cstdint>
#include <vector>

#include "base/prefix_table.hh"
#include "base/search_tree.hh"

namespace crmrelay::base {

constexpr Wide kFirstV4 = 0xffff00000000, kLastV4 = 0xffffffffffff;  // ::ffff:0:0/96

// The address as a number.
Wide wide(const IpAddress& address);

// By network, length and value, each entry once.
void sort_and_unify(std::vector<PrefixTable::Entry>& entries);

}  // namespace crmrelay::base
