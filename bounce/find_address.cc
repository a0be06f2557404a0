// SPDX-License-Identifier: BSD-2-Clause
//
// Mail addresses in running text (RFC 5321 section 4.1.2, RFC 6531), each "@" tried a bounded number of times.
#include "bounce/find_address.hh"

#include "base/text.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxLocal = 256;   // octets of a local part
constexpr std::size_t kMaxAts = 8;       // "@" of a text that are tried

bool is_local_octet(char c) {
    const auto lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_domain_octet(char c) {
    const auto lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t local_length(std::string_view text) {
    if (text.starts_with('"')) {
        for (std::size_t at = 1; at < text.size() && at < kMaxLocal; ++at) {
            if (text[at] == '\\') ++at;
            else if (text[at] == '"') return at + 1;
        }
        return 0;
    }
    std::size_t at = 0;
    while (at < text.size() && at < kMaxLocal && is_local_octet(text[at])) ++at;
    return at;
}

std::size_t domain_length(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.substr(0, 64).find(']');
        return end == std::string_view::npos ? 0 : end + 1;
    }
    std::size_t at = 0;
    while (at < text.size() && at < 255 && is_domain_octet(text[at])) ++at;
    while (at > 0 && (text[at - 1] == '.' || text[at - 1] == '-')) --at;
    return at;
}

}  // namespace

std::size_t address_length(std::string_view text) {
    const auto local = local_length(text);
    if (local == 0 || local >= text.size() || text[local] != '@') return 0;
    const auto domain = domain_length(text.substr(local + 1));
    return domain == 0 ? 0 : local + 1 + domain;
}

std::string_view find_address(std::string_view text) {
    std::size_t tried = 0;
    for (auto at = text.find('@'); at != std::string_view::npos && tried < kMaxAts; at = text.find('@', at + 1), ++tried) {
        std::size_t start = at;
        if (start > 0 && text[start - 1] == '"') {
            const auto quote = start < 2 ? std::string_view::npos : text.rfind('"', start - 2);
            if (quote == std::string_view::npos || start - quote > kMaxLocal) continue;
            start = quote;
        } else {
            while (start > 0 && at - start < kMaxLocal && is_local_octet(text[start - 1])) --start;
        }
        const auto length = address_length(text.substr(start));
        if (length > 0) return text.substr(start, length);
    }
    return {};
}

}  // namespace crmrelay::bounce
