// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the keys of all domains.
#include "milter/dkim_settings.hh"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hh"
#include "milter/dkim_keys.hh"
#include "milter/key_lookup.hh"

namespace crmrelay::milter {

namespace {

std::string last_two_labels(std::string_view domain) {
    const auto last = domain.rfind('.');
    const auto before = last == std::string_view::npos || last == 0 ? last : domain.rfind('.', last - 1);
    return base::lower(before == std::string_view::npos || last == 0 ? domain : domain.substr(before + 1));
}

std::vector<DkimKey> read_keys(const conf::Domain& domain, std::vector<std::string>& problems) {
    std::vector<DkimKey> out;
    for (const auto& key : domain.dkim->keys) {
        auto loaded = load_dkim_key(key.path, domain.dkim->domain.empty() ? domain.name : domain.dkim->domain, key.selector);
        if (loaded) out.push_back(std::move(*loaded));
        else problems.push_back(fmt::format("domain \"{}\": dkim key of selector {}: {}", domain.name, key.selector, loaded.error()));
    }
    if (out.size() == 2 && out[0].algorithm == out[1].algorithm)
        problems.push_back(fmt::format("domain \"{}\": both dkim keys are of one kind; give an RSA and an Ed25519 key, or one key", domain.name));
    return out;
}

}  // namespace

bool signs(const conf::Domain& domain) { return domain.dkim && domain.dkim->sign != conf::DkimSigning::Sign::never && !domain.dkim->keys.empty(); }

bool wants_verification(const conf::Domain& domain) {
    const auto holds_dkim = [](const conf::EvidenceSet& set) { return set.contains(conf::Evidence::dkim); };
    return std::ranges::any_of(domain.require, holds_dkim) || (signs(domain) && domain.dkim->sign == conf::DkimSigning::Sign::missing);
}

bool DkimSettings::may_align(std::string_view domain) const { return organisations.contains(last_two_labels(domain)); }

LoadedDkim load_dkim(const conf::Config& config) { return load_dkim(config, key_source(config.service.resolvers)); }

LoadedDkim load_dkim(const conf::Config& config, KeySource keys) {
    LoadedDkim out;
    const bool verifies = std::ranges::any_of(config.domains, wants_verification);
    if (!verifies && std::ranges::none_of(config.domains, signs)) return out;
    auto settings = std::make_shared<DkimSettings>();
    settings->config = config;
    settings->verifies = verifies;
    settings->keys = std::move(keys);
    for (const auto& domain : config.domains) {
        if (signs(domain)) settings->signing.emplace(domain.name, read_keys(domain, out.problems));
        settings->organisations.insert(last_two_labels(domain.name));
        for (const auto& also : domain.also) settings->organisations.insert(last_two_labels(also));
    }
    out.settings = std::move(settings);
    return out;
}

}  // namespace crmrelay::milter
