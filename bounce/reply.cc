// SPDX-License-Identifier: BSD-2-Clause
//
// Codes that stand in the text of a diagnostic (RFC 5321 section 4.2, RFC 3463 section 2).
#include "bounce/reply.hh"

#include <algorithm>

namespace crmrelay::bounce {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The length of "5.1.1" at the start of `text`, 0 where there is none.
std::size_t status_length(std::string_view text) {
    if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5')) return 0;
    std::size_t at = 1;
    for (int part = 0; part < 2; ++part) {
        if (at >= text.size() || text[at] != '.') return 0;
        const std::size_t first = ++at;
        while (at < text.size() && at < first + 3 && is_digit(text[at])) ++at;
        if (at == first) return 0;
    }
    const bool more = at < text.size() && (is_word(text[at]) || (text[at] == '.' && at + 1 < text.size() && is_word(text[at + 1])));
    return more ? 0 : at;
}

// The code of a reply that opens `text`: three digits, then an end, a blank, a hyphen, or what some servers put there.
int code_at(std::string_view text) {
    if (text.size() < 3 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] < '0' || text[1] > '5' || !is_digit(text[2])) return 0;
    if (text.size() > 3 && (is_word(text[3]) || (text[3] == '.' && text.size() > 4 && is_digit(text[4])))) return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

}  // namespace

std::string status_in(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool starts = at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
        const auto length = starts ? status_length(text.substr(at)) : 0;
        if (length > 0) return std::string(text.substr(at, length));
    }
    return {};
}

int reply_code_in(std::string_view text) {
    const auto start = std::min(text.find_first_not_of(" \t#<>'\"([:"), text.size());
    if (const int code = code_at(text.substr(start)); code > 0) return code;
    for (std::size_t at = start + 1; at < text.size(); ++at) {
        if (text[at] != '2' && text[at] != '4' && text[at] != '5') continue;
        const int code = is_word(text[at - 1]) || text[at - 1] == '.' ? 0 : code_at(text.substr(at));
        if (code == 0) continue;
        // Within a sentence a number is a reply only where it opens what somebody said, or where an enhanced status code follows.
        const auto before = text.substr(0, at);
        const auto after = text.substr(std::min(at + 4, text.size()));
        const bool said = before.ends_with(": ") || before.ends_with(':') || before.ends_with(": \"") || before.ends_with('#') || before.ends_with("<<< ") || before.ends_with('\n') || before.ends_with("Code ") || before.ends_with("code ");
        const bool continued = text.substr(at + 3).starts_with('-') && !after.empty() && !is_digit(after[0]);
        if (said || continued || status_length(after) > 0 || (after.starts_with('#') && status_length(after.substr(1)) > 0)) return code;
    }
    return 0;
}

}  // namespace crmrelay::bounce
