// SPDX-License-Identifier: BSD-2-Clause
//
// Text and figures as HTML and SVG take them. Pure. No text reaches a page but through escaped().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crmrelay::ctl {

// For an element's content or an attribute's value in double quotes: made harmless on one line first (base::neuter).
std::string escaped(std::string_view text, std::size_t cap = 512);

std::string grouped(std::int64_t number);     // "12,345"
std::string compact(std::int64_t number);     // "950", "1.5k", "12M": for an axis

}  // namespace crmrelay::ctl
