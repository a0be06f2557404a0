// SPDX-License-Identifier: BSD-2-Clause
//
// The octets after DATA (RFC 5321 sections 4.1.1.4 and 4.5.2): takes the stuffed dots out and finds the end, CRLF.CRLF only; a bare LF is text.
// Keeps at most as many octets as it was told, and counts on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace crmrelay::bounce {

class LmtpData {
public:
    void start(std::uint64_t cap);
    bool take(std::string_view& octets);   // true at the end; octets behind it are left
    bool truncated() const { return truncated_; }
    std::string message() { return std::exchange(kept_, {}); }

private:
    enum class At { line_start, dot, dot_cr, middle };

    void keep(std::string_view octets);
    void take_middle(std::string_view& octets);

    std::uint64_t cap_ = 0;
    std::string kept_;
    bool truncated_ = false;
    bool after_cr_ = false;
    At at_ = At::line_start;
};

}  // namespace crmrelay::bounce
