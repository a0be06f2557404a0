// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the look-ups of one configuration.
#include "policy/rules.hh"

#include <algorithm>
#include <iterator>

#include "base/text.hh"
#include "conf/networks.hh"

namespace crmrelay::policy {

Rules::Rules(conf::Snapshot config, TokenKeys keys) : config_(std::move(config)), keys_(std::move(keys)), networks_(conf::networks_of(*config_)) {
    const auto add = [](Index& index, const std::string& key, std::size_t domain) {
        auto& domains = index[key];
        if (domains.empty() || domains.back() != domain) domains.push_back(domain);
    };
    for (std::size_t i = 0; i < config_->domains.size(); ++i) {
        for (const auto& certificate : config_->domains[i].certificates)
            if (certificate.by == conf::Certificate::By::fingerprint) add(by_fingerprint_, base::lower(certificate.value), i);
            else add(by_subject_, base::lower(certificate.value), i);
        for (const auto& name : config_->domains[i].spf_networks) add(by_spf_, name, i);
    }
    for (const auto& [name, domains] : by_spf_) spf_names_.push_back(name);
}

std::span<const std::size_t> Rules::with_login(std::string_view login) const {
    if (login.empty()) return {};
    return config_->with_login(login);
}

std::vector<std::size_t> Rules::with_certificate(const SessionFacts& facts) const {
    std::vector<std::size_t> out;
    if (const auto at = by_fingerprint_.find(base::lower(facts.fingerprint)); !facts.fingerprint.empty() && at != by_fingerprint_.end()) out = at->second;
    if (const auto at = by_subject_.find(base::lower(facts.subject)); !facts.subject.empty() && at != by_subject_.end())
        std::ranges::copy_if(at->second, std::back_inserter(out), [&](std::size_t index) { return std::ranges::find(out, index) == out.end(); });
    return out;
}

std::span<const std::size_t> Rules::with_spf(std::string_view name) const {
    const auto at = by_spf_.find(name);
    if (at == by_spf_.end()) return {};
    return at->second;
}

std::vector<std::string> Rules::spf_names_of(std::string_view login) const {
    std::vector<std::string> out;
    for (const auto index : with_login(login)) add_spf_names(index, out);
    return out;
}

std::vector<std::string> Rules::spf_names_of(const SessionFacts& facts) const {
    if (facts.login.empty()) return spf_names_;
    auto out = spf_names_of(facts.login);
    for (const auto index : with_certificate(facts)) add_spf_names(index, out);
    return out;
}

void Rules::add_spf_names(std::size_t index, std::vector<std::string>& into) const {
    for (const auto& name : domain(index).spf_networks)
        if (std::ranges::find(into, name) == into.end()) into.push_back(name);
}

}  // namespace crmrelay::policy
