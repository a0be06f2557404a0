// SPDX-License-Identifier: BSD-2-Clause
//
// Addresses as delivery reports write them (RFC 3461, RFC 3464, RFC 6533). Comments are counted, not recursed into.
#include "bounce/address.hh"

#include <algorithm>
#include <cstdint>

#include "base/text.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

namespace {

bool upper_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&](std::uint32_t octet) { out += static_cast<char>(octet); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            put(0xe0 | point >> 12);
        } else {
            put(0xf0 | point >> 18);
            put(0x80 | (point >> 12 & 0x3f));
        }
        put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
}

// The code point of "\x{HEX}" at the start of `text` and its length; length 0 where there is none. Controls and surrogates are none.
std::size_t unitext_escape(std::string_view text, std::uint32_t& point) {
    if (!text.starts_with("\\x{")) return 0;
    point = 0;
    std::size_t at = 3;
    for (; at < text.size() && at < 9 && hex_digit(text[at]) >= 0; ++at) point = point << 4 | static_cast<std::uint32_t>(hex_digit(text[at]));
    const bool whole = at > 3 && at < text.size() && text[at] == '}';
    const bool allowed = point >= 0x20 && (point < 0x7f || point >= 0xa0) && point <= 0x10ffff && (point < 0xd800 || point >= 0xe000);
    return whole && allowed ? at + 1 : 0;
}

// Without comments, and with only what stands in the last pair of angles outside quotes, where there is one.
std::string without_comments(std::string_view text) {
    std::string out;
    std::size_t depth = 0;
    bool quoted = false;
    bool closed = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && at + 1 < text.size() && (quoted || depth > 0)) {
            if (depth == 0) out.append(text, at, 2);
            ++at;
            continue;
        }
        if (c == '"' && depth == 0) quoted = !quoted;
        if (!quoted && c == '(') {
            ++depth;
        } else if (!quoted && c == ')' && depth > 0) {
            --depth;
        } else if (depth == 0) {
            if (!quoted && c == '<') {
                out.clear();
                closed = false;
            } else if (!quoted && c == '>') {
                closed = true;
            } else if (!closed) {
                out += c;
            }
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> decode_xtext(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c < '!' || c > '~' || c == '=') return std::nullopt;
        if (c != '+') {
            out += c;
            continue;
        }
        if (at + 2 >= text.size() || !upper_hex(text[at + 1]) || !upper_hex(text[at + 2])) return std::nullopt;
        out += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
        at += 2;
    }
    return out;
}

std::string encode_xtext(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (c >= '!' && c <= '~' && c != '+' && c != '=') {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += '+';
        out += kDigits[octet >> 4];
        out += kDigits[octet & 0xf];
    }
    return out;
}

std::string decode_unitext(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::uint32_t point = 0;
        const auto length = unitext_escape(text, point);
        if (length > 0)
            append_utf8(out, point);
        else
            out += text[0];
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string bare_mailbox(std::string_view text) {
    const std::string plain = without_comments(text.substr(0, 4 * kMaxAddress));
    std::string_view mailbox = base::trim(plain);
    // RFC 5321 section 4.1.1.3: a source route is dropped.
    if (mailbox.starts_with('@'))
        if (const auto colon = mailbox.find(':'); colon != std::string_view::npos) mailbox = base::trim(mailbox.substr(colon + 1));
    return std::string(mailbox.substr(0, kMaxAddress));
}

TypedAddress parse_typed_address(std::string_view value) {
    TypedAddress out;
    value = base::trim(value);
    const auto semicolon = value.find(';');
    const auto type = base::trim(value.substr(0, std::min(semicolon, value.size())));
    // A semicolon may stand in a quoted local part or a display name: a type is one short word.
    const bool word = !type.empty() && type.size() <= 64 && type.find_first_of("@<>\" \t(") == std::string_view::npos;
    const bool typed = word && semicolon != std::string_view::npos;
    if (typed) {
        out.type = base::lower(type);
        value.remove_prefix(semicolon + 1);
    }
    out.address = bare_mailbox(value);
    if (out.type == "utf-8") out.address = decode_unitext(out.address);
    return out;
}

std::string comparable(std::string_view mailbox) {
    mailbox = base::trim(mailbox);
    while (mailbox.ends_with('.')) mailbox.remove_suffix(1);
    const auto at = mailbox.rfind('@');
    auto local = mailbox.substr(0, std::min(at, mailbox.size()));
    std::string out;
    const bool quoted = local.size() > 2 && local.front() == '"' && local.back() == '"';
    if (quoted && local.find_first_of(" @\\()<>,;:[]\t") == std::string_view::npos) local = local.substr(1, local.size() - 2);
    out = base::lower(local);
    if (at != std::string_view::npos) out += base::lower(mailbox.substr(at));
    return out;
}

bool same_mailbox(std::string_view reported, std::string_view recorded) {
    const std::string want = comparable(recorded);
    if (want.empty()) return false;
    if (comparable(reported) == want) return true;
    const auto decoded = decode_xtext(reported);
    return decoded && comparable(*decoded) == want;
}

}  // namespace crmrelay::bounce
