// SPDX-License-Identifier: BSD-2-Clause
//
// Turns one address into another wherever it stands in a text, byte for byte else: plain or in xtext (RFC 3461 section 4), in either case.
// Lines that had at most 998 octets (RFC 5322 section 2.1.1) keep to that: a line that grows over it is folded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxLine = 998;   // octets, without the line end

enum class Medium { plain, quoted_printable };   // quoted_printable: "=" and what is not printable are escaped, folds are soft line breaks

class AddressReplacer {
public:
    // Both addresses hold an "@" and at most 512 octets without controls; `line_end` is what folds write.
    AddressReplacer(std::string_view from, std::string_view to, std::string line_end);

    // Appends `text`, whole lines of a message, with the address replaced.
    void append(std::string& out, std::string_view text, Medium medium) const;

    // Whether the address stands in `text`.
    bool found_in(std::string_view text) const;

private:
    struct Form {
        std::string from;   // lower case
        std::string to;
        std::size_t at;     // where "@" is in `from`
    };
    struct Hit {
        std::size_t offset = std::string_view::npos;
        const Form* form = nullptr;
    };

    Hit find(std::string_view text, std::size_t start) const;
    void append_line(std::string& out, std::string_view line, Hit hit, Medium medium) const;

    std::vector<Form> forms_;
    std::string line_end_;
};

}  // namespace crmrelay::bounce
