// SPDX-License-Identifier: BSD-2-Clause
//
// Content transfer encodings (RFC 2045 section 6), decoded leniently and bounded.
#include "bounce/transfer.hh"

#include <algorithm>
#include <cstdint>

#include "base/text.hh"

namespace crmrelay::bounce {

namespace {

int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// The length of "= \r\n" (a soft line break with the blanks some senders leave) at the start of `text`, 0 where there is none.
std::size_t soft_break(std::string_view text) {
    std::size_t at = 1;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at == text.size()) return at;
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') return at + 2;
    return text[at] == '\n' || text[at] == '\r' ? at + 1 : 0;
}

}  // namespace

Encoding parse_encoding(std::string_view value) {
    const auto word = base::trim(value.substr(0, std::min(value.find_first_of(";("), value.size())));
    if (base::iequals(word, "base64")) return Encoding::base64;
    return base::iequals(word, "quoted-printable") ? Encoding::quoted_printable : Encoding::identity;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = base::ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_hex_escapes(std::string_view text, char mark) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escape = text[at] == mark && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
        out += escape ? static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2])) : text[at];
        if (escape) at += 2;
    }
    return out;
}

std::string decode_base64(std::string_view text, std::size_t cap) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (out.size() >= cap) break;
        const int digit = base64_digit(c);
        if (c == '=') count = 0;   // padding: what follows, if anything, starts a new quantum
        if (digit < 0) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xff);
    }
    return out;
}

std::string decode_quoted_printable(std::string_view text, std::size_t cap) {
    std::string out;
    std::size_t solid = 0;   // blanks after it stand at a line's end so far, and go with it
    for (std::size_t at = 0; at < text.size() && out.size() < cap;) {
        const char c = text[at];
        if (c == '=') {
            const auto rest = text.substr(at);
            if (rest.size() > 2 && hex_digit(rest[1]) >= 0 && hex_digit(rest[2]) >= 0) {
                out += static_cast<char>(hex_digit(rest[1]) * 16 + hex_digit(rest[2]));
                at += 3;
                solid = out.size();
                continue;
            }
            if (const auto length = soft_break(rest); length > 0) {
                at += length;
                solid = out.size();
                continue;
            }
        }
        if (c == '\n' || c == '\r') out.resize(solid);
        out += c;
        ++at;
        if (c != ' ' && c != '\t') solid = out.size();
    }
    return out;
}

std::string decode(Encoding encoding, std::string_view text, std::size_t cap) {
    if (encoding == Encoding::base64) return decode_base64(text, cap);
    if (encoding == Encoding::quoted_printable) return decode_quoted_printable(text, cap);
    return std::string(text.substr(0, cap));
}

}  // namespace crmrelay::bounce
