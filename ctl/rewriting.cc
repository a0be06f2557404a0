// SPDX-License-Identifier: BSD-2-Clause
//
// Address rewriting as ADDRESS_REWRITING_README and canonical(5) describe it.
#include "ctl/rewriting.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

struct Parts {
    std::string_view local, domain;
};

Parts parts_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return {address, {}};
    return {address.substr(0, at), address.substr(at + 1)};
}

// The local part without its extension; the whole where it has none.
std::string_view without_extension(std::string_view local, std::string_view delimiters) {
    const auto at = local.find_first_of(delimiters);
    return delimiters.empty() || at == std::string_view::npos || at == 0 ? local : local.substr(0, at);
}

bool is_below(std::string_view domain, std::string_view parent) {
    if (domain.size() < parent.size() || !base::iequals(domain.substr(domain.size() - parent.size()), parent)) return false;
    return domain.size() == parent.size() || domain[domain.size() - parent.size() - 1] == '.';
}

}  // namespace

std::string masqueraded(std::string_view address, const std::vector<std::string>& domains, const std::vector<std::string>& exceptions) {
    const auto [local, domain] = parts_of(address);
    if (std::ranges::any_of(exceptions, [&](const std::string& name) { return base::iequals(name, local); })) return std::string(address);
    for (std::string_view entry : domains) {
        bool keep = false;
        for (; entry.starts_with('!'); entry.remove_prefix(1)) keep = !keep;
        if (entry.empty() || !is_below(domain, entry)) continue;
        return keep || domain.size() == entry.size() ? std::string(address) : fmt::format("{}@{}", local, entry);
    }
    return std::string(address);
}

std::vector<std::string> lookup_keys(std::string_view address, const LocalNames& names, bool pattern) {
    const auto [local, domain] = parts_of(address);
    std::vector<std::string> out{std::string(address)};
    if (pattern) return out;
    const auto bare = without_extension(local, names.recipient_delimiter);
    if (bare != local) out.push_back(fmt::format("{}@{}", bare, domain));
    if (std::ranges::any_of(names.domains, [&](const std::string& name) { return base::iequals(name, parts_of(address).domain); })) {
        out.emplace_back(local);
        if (bare != local) out.emplace_back(bare);
    }
    out.push_back(fmt::format("@{}", domain));
    return out;
}

std::string mapped(std::string_view address, std::string_view key, std::string_view answer, const LocalNames& names, bool propagate) {
    const auto [local, domain] = parts_of(address);
    answer = base::trim(answer);
    const auto found = parts_of(answer);
    if (answer.starts_with('@')) return fmt::format("{}{}", local, answer);
    std::string out(found.local);
    const auto bare = without_extension(local, names.recipient_delimiter);
    if (propagate && bare != local && (key == bare || key == fmt::format("{}@{}", bare, domain))) out += local.substr(bare.size());
    return fmt::format("{}@{}", out, found.domain.empty() ? domain : found.domain);
}

bool is_pattern_map(std::string_view map) {
    map = direct_map(map);
    return map.starts_with("regexp:") || map.starts_with("pcre:") || map.starts_with("pcre2:") || map.starts_with("cidr:");
}

std::string_view direct_map(std::string_view map) {
    while (map.starts_with("proxy:")) map.remove_prefix(6);
    return map;
}

}  // namespace crmrelay::ctl
