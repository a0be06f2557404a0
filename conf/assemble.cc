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

constexpr int kStrikes = 3;   // where the CRM then sends by itself; where it does not, its mail would be lost
const std::vector<std::string> kDefaultHeaders = {"X-SFDC-EntityId", "X-SFDC-LK"};

// The key as the domain has it, else as [defaults] have it, else null.
template <typename T>
const Given<T>* pick(const Maybe<T>& own, const Maybe<T>& other) {
    return own ? &*own : other ? &*other : nullptr;
}

// A domain's keys after the defaults. They point into the entry and the defaults, or are null.
struct Merged {
    const Given<std::string>* crm;
    const Given<std::vector<EvidenceSet>>* require;
    const Given<Networks>* networks;
    const Given<std::vector<std::string>>* logins;
    const Given<std::vector<Certificate>>* certificates;
    const Given<Tenant>* tenant;
    const Given<DkimSigning>* dkim;
    const Given<std::string>* archive;
    const Given<Bounces>* bounces;
    const Given<ReturnPath>* return_path;
    const Given<std::vector<std::string>>* headers;
    const Given<std::vector<std::string>>* remove_headers;
    const Given<std::vector<std::string>>* admins;

    Merged(const DomainKeys& own, const DomainKeys& other)
        : crm(pick(own.crm, other.crm)), require(pick(own.require, other.require)), networks(pick(own.networks, other.networks)),
          logins(pick(own.logins, other.logins)), certificates(pick(own.certificates, other.certificates)), tenant(pick(own.tenant, other.tenant)),
          dkim(pick(own.dkim, other.dkim)), archive(pick(own.archive, other.archive)), bounces(pick(own.bounces, other.bounces)),
          return_path(pick(own.return_path, other.return_path)), headers(pick(own.headers, other.headers)),
          remove_headers(pick(own.remove_headers, other.remove_headers)), admins(pick(own.admins, other.admins)) {}
};

// The presets that the entries name, each loaded once. One that cannot be had is a problem where it is named.
class Presets {
public:
    Presets(const PresetOf& preset_of, Problems& problems) : preset_of_(preset_of), problems_(problems) {}

    // Null without a preset, or where there is none of that name.
    const Preset* of(const Merged& keys) {
        if (!keys.crm || !keys.crm->sound) return nullptr;
        auto found = loaded_.find(keys.crm->value);
        if (found == loaded_.end()) found = loaded_.emplace(keys.crm->value, preset_of_(keys.crm->value)).first;
        if (found->second) return &*found->second;
        add_problem(problems_, keys.crm->place, found->second.error());
        return nullptr;
    }

private:
    const PresetOf& preset_of_;
    Problems& problems_;
    std::map<std::string, base::Result<Preset>, std::less<>> loaded_;
};

std::vector<EvidenceSet> require_of(const Merged& keys) {
    if (keys.require) return keys.require->value;
    return {{Evidence::network, Evidence::login, Evidence::tls}};
}

bool wants(const Merged& keys, Evidence kind) {
    if (keys.require && !keys.require->sound) return false;
    return std::ranges::any_of(require_of(keys), [&](const EvidenceSet& set) { return set.contains(kind); });
}

// True where a key is written and could show something; one that was reported already counts as such.
template <typename T>
bool shows(const Given<T>* key) {
    if (!key) return false;
    if constexpr (requires { key->value.empty(); }) return !key->sound || !key->value.empty();
    return true;
}

// Evidence that is asked for although nothing is written that could show it.
void check_evidence(const DomainEntry& entry, const Merged& keys, const Preset* preset, Problems& problems) {
    // At the domain's own `require` where it has one; a default is at fault only where the domain leaves it standing.
    const Place& at = entry.keys.require ? entry.keys.require->place : entry.place;
    const std::string_view why = keys.require ? "require names" : "require is [\"network\", \"login\", \"tls\"] unless written, which names";
    const auto lacking = [&](Evidence kind, bool shown, std::string_view what, const std::string& write) {
        if (wants(keys, kind) && !shown)
            add_problem(problems, at, fmt::format("{}: {} {}, and {}; write {}, or a require without it", entry.name, why, name_of(kind), what, write));
    };
    const bool unknown_preset = keys.crm && !preset;   // reported; what it would have brought is not known
    const bool preset_networks = !keys.networks && (unknown_preset || (preset && !preset->networks.empty()));
    lacking(Evidence::network, shows(keys.networks) || preset_networks, "no networks are listed", "networks = [\"192.0.2.0/24\"]");
    lacking(Evidence::login, shows(keys.logins), "no logins are listed", fmt::format("logins = [\"crm@{}\"]", entry.name));
    lacking(Evidence::certificate, shows(keys.certificates), "no certificates are listed", "certificates = [\"sha256:AB:CD:…\"]");
    lacking(Evidence::tenant, shows(keys.tenant), "no tenant is written", "tenant = { header = \"X-SFDC-LK\", value = \"…\" }");
    const bool preset_header = unknown_preset || (preset && !preset->tenant_header.empty());
    if (keys.tenant && keys.tenant->sound && keys.tenant->value.header.empty() && !preset_header)
        add_problem(problems, keys.tenant->place,
                    fmt::format("{}: tenant names no header, and {}; write {{ header = \"X-…\", value = \"…\" }}", entry.name,
                                preset ? fmt::format("the preset {} knows none", preset->key) : "no crm preset gives one"));
}

void check_keys(const DomainEntry& entry, const Merged& keys, const Preset* preset, Problems& problems) {
    check_evidence(entry, keys, preset, problems);
    if (!keys.admins)
        add_problem(problems, entry.place,
                    fmt::format("{0}: admins is missing; write admins = [\"postmaster@{0}\"], here or in [defaults]", entry.name));
    const bool keep = keys.bounces && (!keys.bounces->sound || keys.bounces->value.to == Bounces::To::keep);
    if (!keys.return_path && !keep)
        add_problem(problems, entry.place,
                    fmt::format("{0}: return_path is missing; write return_path = \"{{token}}@bounce.{0}\", here or in [defaults], "
                                "or bounces = \"keep\"", entry.name));
}

// A preset's networks were checked when it was loaded.
Networks networks_of(const Preset& preset) {
    Networks out;
    for (const auto& entry : preset.networks) [[maybe_unused]] const auto added = add_network(entry, out);
    return out;
}

void take_evidence(const Merged& keys, const Preset* preset, Domain& out) {
    if (keys.networks || preset) {
        Networks networks = keys.networks ? keys.networks->value : networks_of(*preset);
        out.networks = std::move(networks.prefixes);
        out.spf_networks = std::move(networks.spf);
    }
    if (keys.logins) out.logins = keys.logins->value;
    if (keys.certificates) out.certificates = keys.certificates->value;
    if (!keys.tenant) return;
    out.tenant = keys.tenant->value;
    if (out.tenant->header.empty() && preset) out.tenant->header = preset->tenant_header;
}

Domain domain_of(const DomainEntry& entry, const DomainKeys& defaults, const Preset* preset) {
    const Merged keys(entry.keys, defaults);
    Domain out;
    out.name = entry.name;
    for (const auto& also : entry.also) out.also.push_back(also.value);
    if (preset) out.crm = preset->key;
    if (const auto* mode = pick(entry.keys.mode, defaults.mode)) out.mode = mode->value;
    out.require = require_of(keys);
    take_evidence(keys, preset, out);
    if (const auto* least = pick(entry.keys.tls_min, defaults.tls_min)) out.tls_least = least->value;
    if (const auto* alignment = pick(entry.keys.dkim_alignment, defaults.dkim_alignment)) out.dkim_alignment = alignment->value;
    if (keys.dkim && !keys.dkim->value.keys.empty()) out.dkim = keys.dkim->value;   // without keys it says "never"
    if (out.dkim && out.dkim->domain.empty()) out.dkim->domain = out.name;
    if (keys.archive) out.archive = keys.archive->value;
    if (const auto* webhook = pick(entry.keys.webhook, defaults.webhook); webhook && !webhook->value.events.empty()) out.webhook = webhook->value;
    if (const auto* limits = pick(entry.keys.limits, defaults.limits)) out.limits = limits->value;
    if (keys.bounces) out.bounces = keys.bounces->value;
    if (keys.return_path) out.return_path = keys.return_path->value;
    out.headers = keys.headers ? keys.headers->value : preset && !preset->headers.empty() ? preset->headers : kDefaultHeaders;
    if (keys.remove_headers) out.remove_headers = keys.remove_headers->value;
    else if (preset) out.remove_headers = preset->remove_headers;
    if (keys.admins) out.admins = keys.admins->value;
    if (const auto* zone = pick(entry.keys.timezone, defaults.timezone)) out.timezone = zone->value;
    if (const auto* language = pick(entry.keys.language, defaults.language)) out.language = language->value;
    if (const auto* digest = pick(entry.keys.digest, defaults.digest)) out.digest = digest->value;
    out.falls_back = preset && preset->fallback.value_or(false);
    const auto* suspend = pick(entry.keys.suspend, defaults.suspend);
    if (suspend) out.suspend = suspend->value.rest;
    out.suspend.after = suspend && suspend->value.after ? *suspend->value.after : out.falls_back ? kStrikes : 0;
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
        if (keys.archive && keys.archive->sound) check_mailbox(paths, keys.archive->value, "archive", keys.archive->place, problems);
        if (keys.admins)
            for (const auto& admin : keys.admins->value) check_mailbox(paths, admin, "admins", keys.admins->place, problems);
    }
}

}  // namespace

std::vector<Domain> assemble(const std::vector<DomainEntry>& entries, const std::optional<DomainKeys>& defaults, const PresetOf& preset_of, Problems& problems) {
    static const DomainKeys kNone;
    const DomainKeys& under = defaults ? *defaults : kNone;
    Presets presets(preset_of, problems);
    std::vector<Domain> out;
    out.reserve(entries.size());
    for (const auto& entry : entries) {
        const Merged keys(entry.keys, under);
        const auto* preset = defaults ? presets.of(keys) : nullptr;   // a broken main file names no folder of presets either
        if (defaults) check_keys(entry, keys, preset, problems);
        out.push_back(domain_of(entry, under, preset));
    }
    const auto names = collect_names(entries, problems);
    check_bounce_addresses(entries, under, names, problems);
    std::ranges::stable_sort(out, {}, &Domain::name);
    return out;
}

}  // namespace crmrelay::conf
