// SPDX-License-Identifier: BSD-2-Clause
//
// Works on offsets of items, so that what an administrator wrote stays as it was written.
#include "ctl/postfix_value.hh"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

using Items = std::vector<std::string_view>;

constexpr std::string_view kPolicy = "check_policy_service";
constexpr std::string_view kInline = "inline:";
constexpr std::string_view kAuthDestination = "permit_auth_destination";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_separator(char c) { return is_blank(c) || c == ','; }

Items split_outside_braces(std::string_view text, bool (*separates)(char)) {
    Items out;
    for (std::size_t i = 0; i < text.size();) {
        if (separates(text[i])) {
            ++i;
            continue;
        }
        const auto begin = i;
        for (int depth = 0; i < text.size() && (depth > 0 || !separates(text[i])); ++i) {
            if (text[i] == '{') ++depth;
            if (text[i] == '}' && depth > 0) --depth;
        }
        out.push_back(text.substr(begin, i - begin));
    }
    return out;
}

// One form for all ways to write an item.
std::string plain_form(std::string_view item) {
    std::string out;
    for (const char c : item) {
        const bool tight = c == '{' || c == '}' || c == '=';
        if (tight && !out.empty() && out.back() == ' ') out.pop_back();
        if (!is_separator(c)) out += c;
        else if (!out.empty() && std::string_view(" {}=").find(out.back()) == std::string_view::npos) out += ' ';
    }
    return out;
}

std::size_t begin_of(std::string_view value, std::string_view item) { return static_cast<std::size_t>(item.data() - value.data()); }
std::size_t end_of(std::string_view value, std::string_view item) { return begin_of(value, item) + item.size(); }

// `value` without items [from, to).
std::string cut(std::string_view value, const Items& items, std::size_t from, std::size_t to) {
    if (from == to) return std::string(value);
    if (to < items.size()) return std::string(value.substr(0, begin_of(value, items[from]))).append(value.substr(begin_of(value, items[to])));
    return std::string(from == 0 ? std::string_view{} : value.substr(0, end_of(value, items[from - 1])));
}

// `text` goes before item `at`, or last.
std::string put(std::string_view value, const Items& items, std::size_t at, std::string_view text) {
    if (items.empty()) return std::string(text);
    if (at < items.size()) {
        const auto place = begin_of(value, items[at]);
        return fmt::format("{}{}, {}", value.substr(0, place), text, value.substr(place));
    }
    return fmt::format("{}, {}", value.substr(0, end_of(value, items.back())), text);
}

std::string_view inside(std::string_view item) {
    item = base::trim(item);
    if (item.size() < 2 || item.front() != '{' || item.back() != '}') return item;
    return base::trim(item.substr(1, item.size() - 2));
}

bool has_context(std::string_view item, std::string_view context) {
    const auto want = fmt::format("policy_context={}", context);
    return std::ranges::any_of(items_of(inside(item)), [&](std::string_view part) { return same_item(part, want) || same_item(inside(part), want); });
}

// Where "check_policy_service { socket, policy_context=context … }" begins.
std::optional<std::size_t> find_policy(const Items& items, std::string_view socket, std::string_view context) {
    for (std::size_t i = 0; i + 1 < items.size(); ++i)
        if (items[i] == kPolicy && is_service(items[i + 1], socket) && has_context(items[i + 1], context)) return i;
    return std::nullopt;
}

// Keys are looked up in small letters.
using Entry = std::pair<std::string_view, std::string_view>;
bool same_entry(const Entry& one, const Entry& other) { return base::iequals(one.first, other.first) && one.second == other.second; }

// The word behind "-o" that sets `name`; 0: none does.
std::size_t find_option(const Items& words, std::string_view name) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto option = inside(words[i]);
        if (words[i - 1] == "-o" && base::trim(option.substr(0, option.find('='))) == name) return i;
    }
    return 0;
}

bool is_unauth_destination(std::string_view item) { return item == "reject_unauth_destination" || item == "defer_unauth_destination"; }

// What must not stand before our relay entry: it would let a CRM's session pass unjudged, or refuse it.
bool decides(std::string_view item) {
    if (item == kAuthDestination) return false;
    return item.starts_with("permit") || item == "reject" || item == "defer" || is_unauth_destination(item);
}

bool tells_destinations_apart(const Items& items) {
    return std::ranges::any_of(items, [](std::string_view item) { return item == kAuthDestination || is_unauth_destination(item); });
}

// How many leading items only refuse, for reasons of their own: they stay before ours. Some take an argument.
std::size_t leading_refusals(const Items& items) {
    std::size_t at = 0;
    while (at < items.size() && ((items[at].starts_with("reject_") && !is_unauth_destination(items[at])) || items[at] == "warn_if_reject"))
        at += items[at].starts_with("reject_rbl_") || items[at].starts_with("reject_rhsbl_") ? 2 : 1;
    return std::min(at, items.size());
}

}  // namespace

Items items_of(std::string_view value) { return split_outside_braces(value, is_separator); }

Items words_of(std::string_view line) { return split_outside_braces(line, is_blank); }

std::string with_option(std::string_view line, std::string_view name, std::string_view value) {
    const bool plain = std::ranges::none_of(value, is_blank) && !value.starts_with('{');
    const auto text = plain ? fmt::format("{}={}", name, value) : fmt::format("{{{}={}}}", name, value);
    const auto words = words_of(line);
    const auto at = find_option(words, name);
    if (at == 0) return fmt::format("{} -o {}", line, text);
    return fmt::format("{}{}{}", line.substr(0, begin_of(line, words[at])), text, line.substr(end_of(line, words[at])));
}

std::string without_option(std::string_view line, std::string_view name) {
    const auto words = words_of(line);
    const auto at = find_option(words, name);
    return at < 2 ? std::string(line) : cut(line, words, at - 1, at + 1);
}

std::vector<std::pair<std::string_view, std::string_view>> inline_entries(std::string_view item) {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    if (!item.starts_with(kInline)) return out;
    for (const auto entry : items_of(inside(item.substr(kInline.size())))) {
        const auto text = inside(entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) out.emplace_back(base::trim(text.substr(0, equals)), base::trim(text.substr(equals + 1)));
    }
    return out;
}

bool same_item(std::string_view one, std::string_view other) {
    if (plain_form(one) == plain_form(other)) return true;
    const auto entries = inline_entries(one), others = inline_entries(other);
    return entries.size() == 1 && others.size() == 1 && same_entry(entries.front(), others.front());
}

bool has_item(std::string_view value, std::string_view item) {
    const auto entries = inline_entries(item);
    return std::ranges::any_of(items_of(value), [&](std::string_view present) {
        if (same_item(present, item)) return true;
        return entries.size() == 1 && std::ranges::any_of(inline_entries(present), [&](const auto& entry) { return same_entry(entry, entries.front()); });
    });
}

std::string with_item(std::string_view value, std::string_view item) {
    const auto items = items_of(value);
    return has_item(value, item) ? std::string(value) : put(value, items, items.size(), item);
}

std::string without_item(std::string_view value, std::string_view item) {
    const auto items = items_of(value);
    const auto found = std::ranges::find_if(items, [&](std::string_view present) { return same_item(present, item); });
    if (found == items.end()) return std::string(value);
    const auto at = static_cast<std::size_t>(found - items.begin());
    return cut(value, items, at, at + 1);
}

bool is_service(std::string_view item, std::string_view socket) {
    const auto parts = items_of(inside(item));
    return !parts.empty() && parts.front() == socket;
}

bool has_service(std::string_view value, std::string_view socket) {
    return std::ranges::any_of(items_of(value), [&](std::string_view item) { return is_service(item, socket); });
}

std::string without_service(std::string_view value, std::string_view socket) {
    const auto items = items_of(value);
    for (std::size_t i = 0; i < items.size(); ++i)
        if (is_service(items[i], socket)) return without_service(cut(value, items, i, i + 1), socket);
    return std::string(value);
}

std::string recipient_entry(std::string_view socket) {
    return fmt::format("{} {{ {}, policy_context=recipient, timeout=10s, default_action=DUNNO }}", kPolicy, socket);
}

std::string relay_entry(std::string_view socket) {
    return fmt::format("{} {{ {}, policy_context=relay, timeout=10s, {{ default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] }} }}", kPolicy,
                       socket);
}

std::string granted_entry(std::string_view socket) {
    return fmt::format("{} {{ {}, policy_context=granted, timeout=10s, {{ default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] }} }}", kPolicy,
                       socket);
}

bool relay_restrictions_fine(std::string_view value, std::string_view socket) {
    const auto items = items_of(value);
    const auto recipient = find_policy(items, socket, "recipient"), relay = find_policy(items, socket, "relay");
    if (!recipient || !relay || *recipient > *relay) return false;
    const auto first = items.begin();
    const auto relay_at = first + static_cast<std::ptrdiff_t>(*relay);
    if (std::find(first + static_cast<std::ptrdiff_t>(*recipient), relay_at, kAuthDestination) == relay_at) return false;
    return std::none_of(first, relay_at, decides);
}

std::string with_relay_restrictions(std::string_view value, std::string_view socket) {
    if (relay_restrictions_fine(value, socket)) return std::string(value);
    const auto bare = without_policy(value, socket);
    const auto items = items_of(bare);
    return put(bare, items, leading_refusals(items), fmt::format("{}, {}, {}", recipient_entry(socket), kAuthDestination, relay_entry(socket)));
}

bool service_restrictions_fine(std::string_view value, std::string_view socket) {
    const auto items = items_of(value);
    if (tells_destinations_apart(items_of(without_policy(value, socket)))) return relay_restrictions_fine(value, socket);
    const auto recipient = find_policy(items, socket, "recipient"), relay = find_policy(items, socket, "relay");
    return recipient && relay && *recipient < *relay && std::none_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(*relay), decides);
}

std::string with_service_restrictions(std::string_view value, std::string_view socket) {
    if (service_restrictions_fine(value, socket)) return std::string(value);
    const auto bare = without_policy(value, socket);
    const auto items = items_of(bare);
    if (tells_destinations_apart(items)) return with_relay_restrictions(value, socket);
    return put(bare, items, leading_refusals(items), fmt::format("{}, {}", recipient_entry(socket), relay_entry(socket)));
}

bool recipient_restrictions_fine(std::string_view value, std::string_view socket) {
    const auto items = items_of(value);
    const auto unauth = std::ranges::find_if(items, is_unauth_destination);
    if (unauth == items.end()) return true;
    const auto granted = find_policy(items, socket, "granted");
    return granted && *granted < static_cast<std::size_t>(unauth - items.begin());
}

std::string with_recipient_restrictions(std::string_view value, std::string_view socket) {
    if (recipient_restrictions_fine(value, socket)) return std::string(value);
    const auto bare = without_policy(value, socket);
    const auto items = items_of(bare);
    const auto unauth = std::ranges::find_if(items, is_unauth_destination);
    return put(bare, items, static_cast<std::size_t>(unauth - items.begin()), granted_entry(socket));
}

std::string without_policy(std::string_view value, std::string_view socket) {
    std::string out(value);
    for (bool again = true; again;) {
        again = false;
        const auto items = items_of(out);
        if (const auto relay = find_policy(items, socket, "relay")) {
            // Our permit_auth_destination stands between the two.
            const bool ours = *relay >= 3 && items[*relay - 1] == kAuthDestination && find_policy(items, socket, "recipient") == *relay - 3;
            out = cut(out, items, *relay - (ours ? 1 : 0), *relay + 2);
            again = true;
        } else {
            for (const auto* context : {"recipient", "granted"}) {
                const auto at = find_policy(items, socket, context);
                if (!at) continue;
                out = cut(out, items, *at, *at + 2);
                again = true;
                break;
            }
        }
    }
    return out;
}

std::vector<std::string> skipped_restrictions(std::string_view value) {
    const auto items = items_of(value);
    const auto from = std::ranges::find(items, kAuthDestination);
    std::vector<std::string> out;
    if (from == items.end()) return out;
    for (auto item = from + 1; item != items.end(); ++item) {
        if (*item == kPolicy) {
            const bool ours = item + 1 != items.end() && (has_context(*(item + 1), "relay") || has_context(*(item + 1), "recipient") || has_context(*(item + 1), "granted"));
            if (!ours) out.emplace_back(*item);
            if (item + 1 != items.end()) ++item;
        } else if (!decides(*item) && (item->starts_with("reject_") || item->starts_with("check_"))) {
            out.emplace_back(*item);
        }
    }
    return out;
}

}  // namespace crmrelay::ctl
