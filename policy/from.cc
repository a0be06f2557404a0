// SPDX-License-Identifier: BSD-2-Clause
//
// A hand-written reader of the mailbox-list of RFC 5322 section 3.4, one token ahead, no recursion.
#include "policy/from.hh"

#include <fmt/format.h>

#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::policy {

namespace {

using base::Error;
using base::Result;

using conf::is_atext;

bool is_8bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// LDH labels (RFC 5890 section 2.3.1), at least two, in lower case; empty where `text` is none.
std::string host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return {};
    const auto labels = base::split(text, '.');
    for (const auto label : labels) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return {};
        for (const char c : label)
            if (!is_atext(c) || (c != '-' && std::string_view("!#$%&'*+/=?^_`{|}~").find(c) != std::string_view::npos)) return {};
    }
    return labels.size() < 2 ? std::string() : base::lower(text);
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<std::vector<Mailbox>> list() {
        std::vector<Mailbox> out;
        for (;;) {
            auto mailbox = one();
            if (!mailbox) return Error{mailbox.error()};
            out.push_back(std::move(*mailbox));
            if (!skip()) return Error{"a comment that holds an address or does not end"};
            if (at_end()) return out;
            if (!take(',')) return Error{"text behind the address"};
            if (out.size() == kFromMailboxes) return Error{fmt::format("more than {} addresses", kFromMailboxes)};
        }
    }

private:
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c) {
        if (peek() != c || at_end()) return false;
        ++at_;
        return true;
    }

    // White space and comments. Readers differ on addresses within comments: those are refused.
    bool skip() {
        int depth = 0;
        for (; !at_end(); ++at_) {
            const char c = peek();
            if (c == '(') {
                ++depth;
            } else if (depth > 0) {
                if (c == ')') --depth;
                else if (c == '\\') { if (++at_ >= text_.size()) return false; }
                else if (c == '@' || c == '<' || c == '>') return false;
            } else if (!is_blank(c)) {
                break;
            }
        }
        return depth == 0;
    }

    // A dot-atom or quoted string, or words of a display name; nothing is decoded.
    std::string_view atom(bool allow_8bit) {
        const auto start = at_;
        while (!at_end() && (is_atext(peek()) || peek() == '.' || (allow_8bit && is_8bit(peek())))) ++at_;
        return text_.substr(start, at_ - start);
    }
    bool quoted(std::string_view& into) {
        const auto start = at_++;
        for (; !at_end(); ++at_) {
            if (peek() == '\\') { if (++at_ >= text_.size()) return false; }
            else if (peek() == '"') {
                ++at_;
                into = text_.substr(start, at_ - start);
                return true;
            }
        }
        return false;
    }

    Result<Mailbox> address(std::string_view local) {
        const bool is_quoted = local.front() == '"';
        if (!is_quoted && (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)) return Error{"a local part with a misplaced dot"};
        for (const char c : local)
            if (is_8bit(c) || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return Error{"an address with characters outside ASCII or controls"};
        if (peek() == '[') return Error{"an address literal instead of a domain"};
        const auto domain = host_name(atom(true));
        if (domain.empty()) return Error{"a domain that is no host name (write internationalised ones in their xn-- form)"};
        return Mailbox{std::string(local), domain};
    }

    // name-addr or addr-spec.
    Result<Mailbox> one() {
        if (!skip()) return Error{"a comment that holds an address or does not end"};
        bool name = false;   // words of a display name seen
        while (peek() != '<') {
            if (at_end()) return Error{name ? "a name without an address" : "no address"};
            std::string_view word;
            if (peek() == '"') {
                if (!quoted(word)) return Error{"a quoted string that does not end"};
            } else {
                word = atom(true);
            }
            if (word.empty()) return Error{peek() == ':' ? "a group" : fmt::format("an unexpected \"{}\"", base::neuter(text_.substr(at_, 1)))};
            if (take('@')) {
                if (name) return Error{"an address in front of another"};
                return address(word);
            }
            name = true;
            if (!skip()) return Error{"a comment that holds an address or does not end"};
        }
        ++at_;
        std::string_view local;
        if (peek() == '"') {
            if (!quoted(local)) return Error{"a quoted string that does not end"};
        } else {
            local = atom(true);
        }
        if (local.empty() || !take('@')) return Error{"no address between < and >"};
        auto mailbox = address(local);
        if (mailbox && !take('>')) return Error{"no address between < and >"};
        return mailbox;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Mailbox>> parse_from(std::string_view value) {
    if (value.size() > kFromCap) return Error{fmt::format("longer than {} octets", kFromCap)};
    for (const char c : value)
        if ((static_cast<unsigned char>(c) < 0x20 && !is_blank(c)) || c == 0x7f) return Error{"control characters"};
    return Parser(value).list();
}

}  // namespace crmrelay::policy
