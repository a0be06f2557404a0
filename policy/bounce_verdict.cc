// SPDX-License-Identifier: BSD-2-Clause
//
// Is this recipient address one of ours to take bounces at, and genuine?
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hh"
#include "policy/decision.hh"

namespace crmrelay::policy {

namespace {

Refusal address_refusal(std::string_view recipient, std::string_view words) {
    return {std::string(recipient.substr(recipient.rfind('@') + 1)), "bounce-address",
            Reply::permanent("1.1", "bounce-address", fmt::format("<{}>: {}", recipient, words)), false};
}

// Local part and domain, in lower case, as Postfix's trivial-rewrite(8) makes them of what the client wrote, after this question: an "@" without a
// domain and a dot behind the domain go; without a domain "site!user" and "user%site" name one. Nothing where there is no domain.
std::optional<std::pair<std::string, std::string>> as_postfix_reads(std::string_view recipient) {
    const auto without_end = [](std::string_view text, std::string_view end) { return text.substr(0, text.find_last_not_of(end) + 1); };
    const auto text = without_end(recipient, "@.");
    const auto parts = [&](std::string_view local, std::string_view domain) { return std::pair(base::lower(local), base::lower(without_end(domain, "."))); };
    if (const auto at = text.rfind('@'); at != std::string_view::npos) return parts(text.substr(0, at), text.substr(at + 1));
    if (const auto bang = text.find('!'); bang != std::string_view::npos) return parts(text.substr(bang + 1), text.substr(0, bang));
    if (const auto percent = text.rfind('%'); percent != std::string_view::npos) return parts(text.substr(0, percent), text.substr(percent + 1));
    return std::nullopt;
}

constexpr int kRoutesMost = 64;

// Where Postfix takes an address' domain for its own it goes on with what the local part names: "x%bounce.example.com@mail.example.com".
bool routes_to_us(const Rules& rules, std::string local) {
    for (int step = 0; local.find_first_of("@!%") != std::string::npos; ++step) {
        auto next = as_postfix_reads(local);
        if (!next) return false;
        const auto is_it = [&](const conf::Domain& entry) { return entry.return_path && entry.return_path->domain == next->second; };
        if (step == kRoutesMost || std::ranges::any_of(rules.config().domains, is_it)) return true;
        local = std::move(next->first);
    }
    return false;
}

}  // namespace

Refusal unknown_token(std::string_view recipient) { return address_refusal(recipient, "no message with this return path is on record"); }

BounceVerdict bounce_verdict(const Rules& rules, std::string_view recipient, bool from_ourselves, base::Seconds now) {
    using Kind = BounceVerdict::Kind;
    const auto address = as_postfix_reads(recipient);
    if (!address) return {};
    const auto& [local, domain] = *address;

    bool ours = false, whole_domain = false, in_pattern = false, bare = false, expired = false, extends_double_bounce = false;
    for (const auto& entry : rules.config().domains) {
        if (!entry.return_path || entry.return_path->domain != domain) continue;
        ours = true;
        const auto& prefix = entry.return_path->prefix;
        whole_domain |= prefix.empty();
        bare |= !prefix.empty() && local == entry.return_path->bare_local();
        extends_double_bounce |= !prefix.empty() && local.starts_with(std::string("2bounce") + prefix.back());
        if (!local.starts_with(prefix)) continue;
        in_pattern = true;
        auto check = rules.keys().check(std::string_view(local).substr(prefix.size()), domain, now, rules.token_life());
        if (check.verdict == TokenKeys::Verdict::genuine) return {Kind::look_up, std::move(check.token), std::nullopt};
        expired |= check.verdict == TokenKeys::Verdict::expired;
    }
    if (!ours) {
        if (!routes_to_us(rules, local)) return {};
        return {Kind::refuse, {}, address_refusal(recipient, "a bounce address is written without a route")};
    }
    if (bare || local == "postmaster" || local == "abuse") return {Kind::pass, {}, std::nullopt};
    if (local == "2bounce" || extends_double_bounce) {
        if (from_ourselves) return {Kind::pass, {}, std::nullopt};
        return {Kind::refuse, {}, address_refusal(recipient, "only this host's own Postfix writes here")};
    }
    if (!in_pattern && !whole_domain) return {};   // a mailbox beside our addresses: Postfix knows it
    return {Kind::refuse, {}, address_refusal(recipient, expired ? "this return path has expired" : "this is no return path of ours")};
}

}  // namespace crmrelay::policy
