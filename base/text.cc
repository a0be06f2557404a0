// SPDX-License-Identifier: BSD-2-Clause
//
// Text without knowledge of mail. UTF-8 is checked after RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
#include "base/text.hh"

#include <algorithm>
#include <charconv>

namespace crmrelay::base {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Length of the valid UTF-8 sequence at the start of `text`, 0 where there is none; its code point in `point`.
std::size_t utf8_length(std::string_view text, char32_t& point) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = octet(0);
    if (first < 0x80) {
        point = first;
        return 1;
    }
    const std::size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    if (length == 0 || text.size() < length) return 0;
    point = first & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((octet(i) & 0xc0) != 0x80) return 0;
        point = point << 6 | (octet(i) & 0x3f);
    }
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 0;
    return length;
}

// Controls, and marks that reorder or hide what a terminal shows.
bool harmful(char32_t point) {
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x206f) || point == 0x061c || point == 0xfeff;
}

}  // namespace

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = ascii_lower(c);
    return out;
}

bool iequals(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
    return true;
}

bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits[0] < '0' || digits[0] > '9' || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::string neuter(std::string_view text, std::size_t cap) {
    constexpr std::string_view kCut = "...";
    if (text.size() <= cap && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })) return std::string(text);   // most are so
    std::string out;
    std::size_t fits = 0;   // the longest part of `out` that leaves room for the mark of a cut
    while (!text.empty()) {
        char32_t point = 0;
        const auto length = utf8_length(text, point);
        if (length > 0 && !harmful(point))
            out.append(text.substr(0, length));
        else
            out += '?';
        text.remove_prefix(length > 0 ? length : 1);
        if (out.size() + kCut.size() <= cap) fits = out.size();
        if (out.size() > cap) {
            out.resize(fits);
            out += kCut.substr(0, cap);
            break;
        }
    }
    return out;
}

std::string log_value(std::string_view text, std::size_t cap) {
    std::string value = neuter(text, cap);
    if (!value.empty() && value.find_first_of(" \"=\\") == std::string::npos) return value;
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace crmrelay::base
