// SPDX-License-Identifier: BSD-2-Clause
//
// Reads SPF terms one by one. Whatever is not understood is an error of the whole record (section 4.6), but unknown modifiers and exp=.
#include "policy/spf_record.hh"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using base::Error;
using base::Result;
using Kind = SpfTerm::Kind;

constexpr std::string_view kVersion = "v=spf1";
constexpr std::size_t kMostName = 253;
constexpr std::size_t kMostExpanded = 1024;   // before it is cut to kMostName from the left (section 7.3)
constexpr std::size_t kMostMacros = 16;       // in one term

Error in_term(std::string_view term, std::string_view what) { return Error{fmt::format("\"{}\": {}", base::neuter(term, 80), what)}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// %{i}: dotted quad, or 32 nibbles.
std::string dotted(const base::IpAddress& client) {
    if (client.is_v4()) return client.text();
    std::string out;
    for (const auto octet : client.octets) fmt::format_to(std::back_inserter(out), "{:x}.{:x}.", octet >> 4, octet & 0xf);
    out.pop_back();
    return out;
}

Result<std::string> value_of(char letter, const SpfScope& scope) {
    switch (letter) {
    case 'i': return dotted(scope.client);
    case 'd': return scope.domain;
    case 'v': return std::string(scope.client.is_v4() ? "in-addr" : "ip6");
    case 'h': return scope.helo;
    case 'o': return scope.sender;
    case 'l': return std::string("postmaster");
    case 's': return "postmaster@" + scope.sender;
    // p is "do not use" (section 5.5); c, r and t are for explanations, capitals for URLs: here they have no meaning.
    default: return Error{fmt::format("the macro %{{{}}} is not supported", base::neuter(std::string_view(&letter, 1)))};
    }
}

// The inside of %{…}: letter, number of parts to keep, r, delimiters.
Result<std::string> expand_macro(std::string_view macro, const SpfScope& scope) {
    if (macro.empty()) return Error{"an empty macro"};
    const auto value = value_of(macro[0], scope);
    if (!value) return value;
    auto rest = macro.substr(1);
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    std::size_t keep = kMostExpanded;
    if (digits > 0) {
        const auto number = base::parse_number(rest.substr(0, digits));
        if (digits > 3 || !number || *number == 0 || *number > 128) return Error{"a macro keeps 1 to 128 parts"};
        keep = static_cast<std::size_t>(*number);
    }
    rest.remove_prefix(digits);
    const bool reversed = !rest.empty() && base::ascii_lower(rest[0]) == 'r';
    if (reversed) rest.remove_prefix(1);
    if (rest.size() > 7 || rest.find_first_not_of(".-+,/_=") != std::string_view::npos) return Error{"a macro has an unknown delimiter"};
    const std::string_view delimiters = rest.empty() ? "." : rest;

    std::vector<std::string> parts(1);
    for (const char c : *value) {
        if (delimiters.find(c) != std::string_view::npos) parts.emplace_back();
        else parts.back() += c;
    }
    if (reversed) std::reverse(parts.begin(), parts.end());
    std::string out;
    for (std::size_t i = parts.size() > keep ? parts.size() - keep : 0; i < parts.size(); ++i) {
        if (!out.empty()) out += '.';
        out += parts[i];
    }
    return out;
}

Result<std::string> expand(std::string_view text, const SpfScope& scope) {
    std::string out;
    std::size_t macros = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
        } else if (const char next = at + 1 < text.size() ? text[at + 1] : '\0'; next == '{') {
            const auto end = text.find('}', at);
            if (end == std::string_view::npos || ++macros > kMostMacros) return Error{"an unfinished macro, or too many"};
            const auto value = expand_macro(text.substr(at + 2, end - at - 2), scope);
            if (!value) return value;
            out += *value;
            at = end;
        } else if (next == '%' || next == '_' || next == '-') {
            out += next == '%' ? "%" : next == '_' ? " " : "%20";
            ++at;
        } else {
            return Error{"a % that begins no macro"};
        }
        if (out.size() > kMostExpanded) return Error{"the name is too long"};
    }
    return out;
}

// A name that can be asked for: labels of 1 to 63 visible octets, at most 253 in all, cut from the left where macros made it longer.
Result<std::string> host_name(std::string_view text, const SpfScope& scope) {
    auto expanded = expand(text, scope);
    if (!expanded) return expanded;
    std::string name = base::lower(*expanded);
    if (name.ends_with('.')) name.pop_back();
    while (name.size() > kMostName) {
        const auto dot = name.find('.');
        if (dot == std::string::npos) return Error{"no domain name"};
        name.erase(0, dot + 1);
    }
    for (const auto label : base::split(name, '.'))
        if (label.empty() || label.size() > 63) return Error{"no domain name"};
    const auto harmless = [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"'; };
    if (!std::all_of(name.begin(), name.end(), harmless)) return Error{"no domain name"};
    return name;
}

std::optional<int> prefix_length(std::string_view digits, int widest) {
    const auto number = base::parse_number(digits);
    if (!number || *number > static_cast<std::uint64_t>(widest) || (digits.size() > 1 && digits[0] == '0')) return {};
    return static_cast<int>(*number);
}

// Takes "/24", "//64" or "/24//64" off the end of `value` and into `term`.
bool take_lengths(std::string_view& value, SpfTerm& term) {
    const auto trailing_number = [&]() -> std::optional<std::string_view> {
        std::size_t at = value.size();
        while (at > 0 && is_digit(value[at - 1])) --at;
        if (at == value.size() || at == 0 || value[at - 1] != '/') return {};
        const auto digits = value.substr(at);
        value = value.substr(0, at - 1);
        return digits;
    };
    auto number = trailing_number();
    if (number && value.ends_with('/')) {
        value.remove_suffix(1);
        const auto length = prefix_length(*number, 128);
        if (!length) return false;
        term.v6_length = *length;
        number = trailing_number();
    }
    if (number) {
        const auto length = prefix_length(*number, 32);
        if (!length) return false;
        term.v4_length = *length;
    }
    return true;
}

// ip4: and ip6: of any length, host bits or not. Nothing: no such network.
std::optional<bool> network_has_client(std::string_view value, bool v4, const base::IpAddress& client) {
    const auto slash = value.find('/');
    const auto network = base::IpAddress::parse(value.substr(0, slash));
    if (!network || base::istarts_with(value, "ipv6:") || (value.substr(0, slash).find(':') == std::string_view::npos) != v4) return {};
    const int widest = v4 ? 32 : 128;
    const auto length = slash == std::string_view::npos ? widest : prefix_length(value.substr(slash + 1), widest);
    if (!length) return {};
    if (client.is_v4() != v4) return false;
    const int from = v4 ? 96 : 0;
    for (int bit = from; bit < from + *length; ++bit)
        if (((network->octets[bit / 8] ^ client.octets[bit / 8]) & (0x80u >> bit % 8)) != 0) return false;
    return true;
}

struct Mechanism {
    std::string_view name;
    Kind kind;
    enum class Name { none, optional, required } takes;
};
constexpr Mechanism kMechanisms[] = {
    {"all", Kind::all, Mechanism::Name::none},          {"include", Kind::include, Mechanism::Name::required},
    {"exists", Kind::exists, Mechanism::Name::required}, {"a", Kind::a, Mechanism::Name::optional},
    {"mx", Kind::mx, Mechanism::Name::optional},        {"ptr", Kind::ptr, Mechanism::Name::optional},
};

// Nothing where the term cannot match this client, or says nothing about who may send.
Result<std::optional<SpfTerm>> read_term(std::string_view whole, const SpfScope& scope) {
    SpfTerm term;
    auto text = whole;
    std::size_t letters = 0;
    while (letters < text.size() && (is_letter(text[letters]) || (letters > 0 && (is_digit(text[letters]) || std::string_view("-_.").find(text[letters]) != std::string_view::npos))))
        ++letters;
    if (letters > 0 && letters < text.size() && text[letters] == '=') {
        if (!base::iequals(text.substr(0, letters), "redirect")) return std::optional<SpfTerm>();   // exp= too: nobody reads explanations here
        auto name = host_name(text.substr(letters + 1), scope);
        if (!name) return in_term(whole, name.error());
        term.kind = Kind::redirect;
        term.name = std::move(*name);
        return std::optional(term);
    }
    if (!text.empty() && std::string_view("+-~?").find(text[0]) != std::string_view::npos) {
        term.qualifier = text[0];
        text.remove_prefix(1);
    }
    const auto name_end = std::min(text.find_first_of(":/"), text.size());
    const auto mechanism = text.substr(0, name_end);
    auto value = text.substr(name_end);

    const bool v4 = base::iequals(mechanism, "ip4");
    if (v4 || base::iequals(mechanism, "ip6")) {
        if (!value.starts_with(':')) return in_term(whole, "it names no network");
        const auto has = network_has_client(value.substr(1), v4, scope.client);
        if (!has) return in_term(whole, "this is no network");
        term.kind = Kind::address;
        return *has ? std::optional(term) : std::nullopt;
    }
    const auto* known = std::find_if(std::begin(kMechanisms), std::end(kMechanisms), [&](const Mechanism& m) { return base::iequals(m.name, mechanism); });
    if (known == std::end(kMechanisms)) return in_term(whole, "an unknown mechanism");
    term.kind = known->kind;
    if ((term.kind == Kind::a || term.kind == Kind::mx) && !take_lengths(value, term)) return in_term(whole, "a wrong prefix length");
    if ((term.kind == Kind::a || term.kind == Kind::mx) && (term.v4_length == 0 || term.v6_length == 0)) return in_term(whole, "it passes every address");
    if (value.empty() ? known->takes == Mechanism::Name::required : known->takes == Mechanism::Name::none || value[0] != ':')
        return in_term(whole, value.empty() ? "it names no domain" : "what follows the mechanism's name is wrong");
    if (known->takes == Mechanism::Name::none) return std::optional(term);
    if (value.empty()) {
        term.name = scope.domain;
    } else {
        auto name = host_name(value.substr(1), scope);
        if (!name) return in_term(whole, name.error());
        term.name = std::move(*name);
    }
    return std::optional(term);
}

}  // namespace

bool is_spf_record(std::string_view text) {
    return base::istarts_with(text, kVersion) && (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

Result<std::vector<SpfTerm>> read_spf_record(std::string_view text, const SpfScope& scope) {
    if (!is_spf_record(text)) return Error{"this is no SPF record"};
    if (text.size() > kMostSpfOctets) return Error{fmt::format("it is longer than {} octets", kMostSpfOctets)};
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) return Error{"it holds octets that are not ASCII"};
    std::vector<SpfTerm> out;
    std::optional<SpfTerm> redirect;
    bool all = false;
    std::size_t terms = 0;
    for (const auto word : base::split(text.substr(kVersion.size()), ' ')) {
        if (word.empty()) continue;
        if (++terms > kMostSpfTerms) return Error{fmt::format("it has more than {} terms", kMostSpfTerms)};
        auto term = read_term(word, scope);
        if (!term) return Error{term.error()};
        if (!*term) continue;
        if ((*term)->kind == Kind::redirect) {
            if (redirect) return Error{"it has redirect= twice"};
            redirect = std::move(**term);
        } else if (!all) {   // what follows is checked, and never matches (section 5.1)
            all = (*term)->kind == Kind::all || (*term)->kind == Kind::address;
            out.push_back(std::move(**term));
        }
    }
    if (redirect && !all) out.push_back(std::move(*redirect));
    return out;
}

}  // namespace crmrelay::policy
