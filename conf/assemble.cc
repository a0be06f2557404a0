// SPDX-License-Identifier: BSD-2-Clause
//
// Defaults, missing keys, duplicate names, and bounce addresses that would swallow mailboxes.
#include "conf/assemble.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hh"

namespace crmrelay::conf {

namespace {

const std::vector<std::string> kDefaultHeaders = {"X-SFDC-EntityId", "X-SFDC-LK"};

// The key as the domain has it, else as [defaults] have it, else null.
template <typename T>
const Given<T>* pick(const Maybe<T>& own, const Maybe<T>& other) {
    return own ? &*own : other ? &*other : nullptr;
}

// A domain's keys after the defaults. They point into the entry and the defaults, or are null.
struct Merged {
    const Given<std::vector<EvidenceSet>>* require;
    const Given<std::vector<base::Prefix>>* networks;
    const Given<std::vector<std::string>>* logins;
    const Given<Bounces>* bounces;
    const Given<ReturnPath>* return_path;
    const Given<std::vector<std::string>>* admins;

    Merged(const DomainKeys& own, const DomainKeys& other)
        : require(pick(own.require, other.require)), networks(pick(own.networks, other.networks)), logins(pick(own.logins, other.logins)),
          bounces(pick(own.bounces, other.bounces)), return_path(pick(own.return_path, other.return_path)), admins(pick(own.admins, other.admins)) {}
};

std::vector<EvidenceSet> require_of(const Merged& keys) {
    if (keys.require) return keys.require->value;
    return {{Evidence::network, Evidence::login, Evidence::tls}};
}

// Is `kind` asked for although nothing is listed that could show it? A list that was reported already counts as filled.
template <typename T>
bool lacks(const Merged& keys, Evidence kind, const Given<std::vector<T>>* list) {
    if (keys.require && !keys.require->sound) return false;
    if (list && (!list->sound || !list->value.empty())) return false;
    return std::ranges::any_of(require_of(keys), [&](const EvidenceSet& set) { return set.contains(kind); });
}

void check_keys(const DomainEntry& entry, const Merged& keys, Problems& problems) {
    // At the domain's own `require` where it has one; a default is at fault only where the domain leaves it standing.
    const Place& at = entry.keys.require ? entry.keys.require->place : entry.place;
    const std::string_view why = keys.require ? "require names" : "require is [\"network\", \"login\", \"tls\"] unless written, which names";
    if (lacks(keys, Evidence::network, keys.networks))
        add_problem(problems, at,
                    fmt::format("{}: {} network, and no networks are listed; write networks = [\"192.0.2.0/24\"], or a require without it",
                                entry.name, why));
    if (lacks(keys, Evidence::login, keys.logins))
        add_problem(problems, at,
                    fmt::format("{0}: {1} login, and no logins are listed; write logins = [\"crm@{0}\"], or a require without it", entry.name, why));
    if (!keys.admins)
        add_problem(problems, entry.place,
                    fmt::format("{0}: admins is missing; write admins = [\"postmaster@{0}\"], here or in [defaults]", entry.name));
    const bool keep = keys.bounces && (!keys.bounces->sound || keys.bounces->value.to == Bounces::To::keep);
    if (!keys.return_path && !keep)
        add_problem(problems, entry.place,
                    fmt::format("{0}: return_path is missing; write return_path = \"{{token}}@bounce.{0}\", here or in [defaults], "
                                "or bounces = \"keep\"", entry.name));
}

Domain domain_of(const DomainEntry& entry, const DomainKeys& defaults) {
    const Merged keys(entry.keys, defaults);
    Domain out;
    out.name = entry.name;
    for (const auto& also : entry.also) out.also.push_back(also.value);
    if (const auto* mode = pick(entry.keys.mode, defaults.mode)) out.mode = mode->value;
    out.require = require_of(keys);
    if (keys.networks) out.networks = keys.networks->value;
    if (keys.logins) out.logins = keys.logins->value;
    if (keys.bounces) out.bounces = keys.bounces->value;
    if (keys.return_path) out.return_path = keys.return_path->value;
    const auto* headers = pick(entry.keys.headers, defaults.headers);
    out.headers = headers ? headers->value : kDefaultHeaders;
    if (keys.admins) out.admins = keys.admins->value;
    return out;
}

using NamePlaces = std::map<std::string, Place, std::less<>>;

// Where each name stands, "." entries with their dot. A name that stands twice is a problem, at its second place.
NamePlaces collect_names(const std::vector<DomainEntry>& entries, Problems& problems) {
    NamePlaces places;
    const auto add = [&](const std::string& name, const Place& place) {
        const auto [found, fresh] = places.emplace(name, place);
        if (fresh) return;
        add_problem(problems, place, fmt::format("duplicate domain \"{}\": it stands at {} already; take one of the two out", name, found->second.text()));
    };
    // Tables first: an `also` is likelier to be the mistake than a table.
    for (const auto& entry : entries) add(entry.name, entry.place);
    for (const auto& entry : entries)
        for (const auto& also : entry.also) add(also.value, also.place);
    return places;
}

using ReturnPaths = std::map<std::string, std::vector<const ReturnPath*>, std::less<>>;   // by domain

// Would mail to this mailbox be taken for a bounce?
bool is_taken(const ReturnPaths& paths, std::string_view mailbox) {
    const auto at = mailbox.rfind('@');
    if (at == std::string_view::npos) return false;
    const auto local = base::lower(mailbox.substr(0, at));
    const auto found = paths.find(mailbox.substr(at + 1));
    return found != paths.end() && std::ranges::any_of(found->second, [&](const ReturnPath* path) {
        return path->prefix.empty() || local.starts_with(path->prefix) || local == path->bare_local();
    });
}

void check_mailbox(const ReturnPaths& paths, const std::string& mailbox, std::string_view key, const Place& place, Problems& problems) {
    if (!is_taken(paths, mailbox)) return;
    add_problem(problems, place,
                fmt::format("{}: {} is a bounce address of a return_path, so mail to it would come back here; name a mailbox elsewhere", key, mailbox));
}

void check_bounce_addresses(const std::vector<DomainEntry>& entries, const DomainKeys& defaults, const NamePlaces& names, Problems& problems) {
    ReturnPaths paths;
    for (const auto& entry : entries) {
        const auto* path = Merged(entry.keys, defaults).return_path;
        if (!path || !path->sound) continue;
        // One [defaults] serves many domains: their shared path is looked at once.
        auto& of_domain = paths[path->value.domain];
        if (std::ranges::any_of(of_domain, [&](const ReturnPath* other) { return other->prefix == path->value.prefix; })) continue;
        of_domain.push_back(&path->value);
    }
    for (const auto& entry : entries) {
        const Merged keys(entry.keys, defaults);
        if (keys.return_path && keys.return_path->sound && keys.return_path->value.prefix.empty())
            if (const auto name = names.find(keys.return_path->value.domain); name != names.end())
                add_problem(problems, keys.return_path->place,
                            fmt::format("return_path takes all mail of {0}, a From domain ({1}), and would swallow its mailboxes; "
                                        "write \"{{token}}@bounce.{0}\" or \"bounce+{{token}}@{0}\"", name->first, name->second.text()));
        if (keys.bounces && keys.bounces->sound) check_mailbox(paths, keys.bounces->value.address, "bounces", keys.bounces->place, problems);
        if (keys.admins)
            for (const auto& admin : keys.admins->value) check_mailbox(paths, admin, "admins", keys.admins->place, problems);
    }
}

}  // namespace

std::vector<Domain> assemble(const std::vector<DomainEntry>& entries, const std::optional<DomainKeys>& defaults, Problems& problems) {
    static const DomainKeys kNone;
    const DomainKeys& under = defaults ? *defaults : kNone;
    std::vector<Domain> out;
    out.reserve(entries.size());
    for (const auto& entry : entries) {
        if (defaults) check_keys(entry, Merged(entry.keys, under), problems);
        out.push_back(domain_of(entry, under));
    }
    const auto names = collect_names(entries, problems);
    check_bounce_addresses(entries, under, names, problems);
    std::ranges::stable_sort(out, {}, &Domain::name);
    return out;
}

}  // namespace crmrelay::conf
