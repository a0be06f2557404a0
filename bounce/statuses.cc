// SPDX-License-Identifier: BSD-2-Clause
//
// Codes out of texts (RFC 5321 section 4.2, RFC 3463), and hosts.
#include "bounce/statuses.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/reply.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxReplies = 64;   // pairs of codes of one text that are looked at

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// X.0.0 and the like say only that something failed.
bool is_vague(std::string_view status) { return status.empty() || status.ends_with(".0.0"); }

struct Pair {
    int code = 0;
    std::string status;
};

// The last "550 5.1.1", "550-5.1.1", "550 #5.1.1", but for what follows a refusal already given ("503 5.0.0 Need RCPT").
Pair last_pair(std::string_view text) {
    Pair last;
    std::size_t seen = 0;
    for (std::size_t at = 0; at + 8 < text.size() && seen < kMaxReplies; ++at) {
        if ((text[at] != '4' && text[at] != '5') || (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '.'))) continue;
        if (!is_digit(text[at + 1]) || !is_digit(text[at + 2]) || (text[at + 3] != ' ' && text[at + 3] != '-')) continue;
        std::size_t after = at + 4;
        while (after < text.size() && std::string_view(" '\"#(").find(text[after]) != std::string_view::npos && after < at + 8) ++after;
        const auto rest = text.substr(after, 12);
        const auto status = status_in(rest);
        if (status.empty() || !rest.starts_with(status)) continue;
        ++seen;
        const int code = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
        if (last.code > 0 && (code == 503 || is_vague(status))) continue;
        last = {code, status};
    }
    return last;
}

}  // namespace

std::string better_status(std::string_view field, std::string_view text) {
    auto said = last_pair(text).status;
    if (is_vague(said)) {
        auto first = status_in(text);
        if (!is_vague(first) && first[0] != '2') said = std::move(first);
    }
    // "5.1.0" in a text tells less than "5.1.1" in a field.
    if (said.ends_with(".0") && !field.empty() && !field.ends_with(".0")) return std::string(field);
    if (!is_vague(said)) return said;
    return field.empty() ? said : std::string(field);
}

int last_code_in(std::string_view text) {
    if (const auto pair = last_pair(text); pair.code > 0) return pair.code;
    return reply_code_in(text);
}

std::string host_in(std::string_view text) {
    for (const std::string_view words : {"host ", "talking to ", "remote server ", "server at "}) {
        const auto found = text.find(words);
        if (found == std::string_view::npos) continue;
        auto rest = text.substr(found + words.size());
        const auto end = std::min(rest.find_first_of(" [(<\n\r:,;"), rest.size());
        auto host = rest.substr(0, std::min<std::size_t>(end, 255));
        while (host.ends_with('.')) host.remove_suffix(1);
        if (host.find('.') != std::string_view::npos) return std::string(host);
    }
    return {};
}

std::string one_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : base::trim(text)) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : c;
    }
    return out;
}

}  // namespace crmrelay::bounce
