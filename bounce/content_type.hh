// SPDX-License-Identifier: BSD-2-Clause
//
// Content-Type values (RFC 2045 section 5.1) with their parameters, continued and charset-marked ones (RFC 2231) joined.
// Lenient: a missing quote, a blank in a token or a comment spoils no more than its own parameter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxParameters = 64;          // of one field; those after it are not read
inline constexpr std::size_t kMaxParameterValue = 1'024;   // octets, joined

struct Parameter {
    std::string name;    // lower case
    std::string value;   // unquoted
};

struct ContentType {
    std::string type;    // "text/plain", lower case; empty where the value has none
    std::vector<Parameter> parameters;
    bool truncated = false;   // there were more parameters than are kept

    // The value of the parameter of that (lower-case) name; empty where it is not there.
    std::string_view parameter(std::string_view name) const;
};

// Reads an unfolded value.
ContentType parse_content_type(std::string_view value);

}  // namespace crmrelay::bounce
