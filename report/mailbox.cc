// SPDX-License-Identifier: BSD-2-Clause
//
// Several entries may share a bounce domain, with one pattern or with several; the first in the order of their names speaks for what they share.
#include "report/mailbox.hh"

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::report {

namespace {

constexpr std::string_view kPostmaster = "postmaster";   // of our own Postfix (RFC 5321 section 4.5.1)

struct Parts {
    std::string local, domain;   // lower case
};

Parts parts_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return {base::lower(address), ""};
    return {base::lower(address.substr(0, at)), base::lower(address.substr(at + 1))};
}

bool is_token(std::string_view text) {
    return text.size() == kTokenLength && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace

Mailboxes::Mailboxes(conf::Snapshot config, Receivers receivers) : config_(std::move(config)), receivers_(std::move(receivers)) {
    for (const auto& domain : config_->domains)
        if (domain.return_path) by_bounce_domain_[domain.return_path->domain].push_back(&domain);
}

Mailbox Mailboxes::find(std::string_view address) const {
    using Kind = Mailbox::Kind;
    const Parts parts = parts_of(address);
    const auto entries = by_bounce_domain_.find(parts.domain);
    if (entries == by_bounce_domain_.end()) return {};
    for (const auto* domain : entries->second) {
        const auto& prefix = domain->return_path->prefix;
        if (parts.local.starts_with(prefix) && is_token(std::string_view(parts.local).substr(prefix.size()))) return {Kind::token, domain, parts.local.substr(prefix.size())};
    }
    for (const auto* domain : entries->second)
        if (const auto bare = domain->return_path->bare_local(); !bare.empty() && parts.local == bare) return {Kind::bare, domain, ""};
    const auto* first = entries->second.front();
    if (parts.local == kPostmaster || parts.local == "abuse") return {Kind::admin, first, ""};
    if (parts.local == "2bounce") return {Kind::double_bounce, first, ""};
    return {};
}

bool Mailboxes::ours(std::string_view address) const {
    const Parts parts = parts_of(address);
    const auto entries = by_bounce_domain_.find(parts.domain);
    if (entries == by_bounce_domain_.end()) return false;
    return std::any_of(entries->second.begin(), entries->second.end(), [&](const conf::Domain* domain) {
        const auto& path = *domain->return_path;
        return parts.local.starts_with(path.prefix) || parts.local == path.bare_local() || parts.local == "2bounce";
    });
}

const conf::Domain* Mailboxes::domain_named(std::string_view name) const {
    const auto found = config_->by_name.find(base::lower(name));
    return found == config_->by_name.end() ? nullptr : &config_->domains[found->second];
}

const Receiver* Mailboxes::receiver_of(std::string_view domain) const {
    const auto found = receivers_.find(domain);
    return found == receivers_.end() ? nullptr : &found->second;
}

std::vector<std::string> Mailboxes::admins_of(const conf::Domain& domain) const {
    std::vector<std::string> admins;
    for (const auto& admin : domain.admins)
        if (!ours(admin)) admins.push_back(admin);
    if (admins.empty()) admins.emplace_back(kPostmaster);
    return admins;
}

std::string Mailboxes::former_double_bounce_recipient() const {
    const auto& former = config_->service.former_2bounce_recipient;
    return former.empty() || ours(former) ? std::string(kPostmaster) : former;
}

}  // namespace crmrelay::report
