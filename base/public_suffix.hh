// SPDX-License-Identifier: BSD-2-Clause
//
// The organisational domain of a name (RFC 7489 section 3.2), by the Public Suffix List that libpsl carries. Nothing is looked up outside the process.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::base {

// "example.co.jp" of "mail.example.co.jp"; lower case; empty for a public suffix itself and for what is no name.
std::string organisational_domain(std::string_view name);

}  // namespace crmrelay::base
