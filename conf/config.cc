// SPDX-License-Identifier: BSD-2-Clause
//
// Look-ups in a configuration that has been read: which entry speaks for a domain, which ones list a login. It changes nothing.
#include "conf/config.hh"

#include <algorithm>
#include <utility>

#include "base/text.hh"
#include "conf/loader.hh"

namespace crmrelay::conf {

bool Webhook::wants(std::string_view type) const { return std::find(events.begin(), events.end(), type) != events.end(); }

std::string_view name_of(Evidence evidence) {
    switch (evidence) {
        case Evidence::login: return "login";
        case Evidence::network: return "network";
        case Evidence::tls: return "tls";
        case Evidence::certificate: return "certificate";
        case Evidence::tenant: return "tenant";
        case Evidence::dkim: return "dkim";
    }
    return {};
}

namespace {

constexpr std::pair<TlsVersion, std::string_view> kTlsVersions[] = {
    {TlsVersion::tls1_0, "TLSv1"}, {TlsVersion::tls1_1, "TLSv1.1"}, {TlsVersion::tls1_2, "TLSv1.2"}, {TlsVersion::tls1_3, "TLSv1.3"}};

}  // namespace

std::string_view name_of(TlsVersion version) {
    for (const auto& [known, name] : kTlsVersions)
        if (known == version) return name;
    return {};
}

std::optional<TlsVersion> tls_version(std::string_view name) {
    for (const auto& [version, known] : kTlsVersions)
        if (base::iequals(name, known)) return version;
    return std::nullopt;
}

// A prefix that ends in a letter or digit has no extension that a remote could drop.
std::string ReturnPath::bare_local() const {
    if (prefix.empty() || std::string_view("._+=-").find(prefix.back()) == std::string_view::npos) return {};
    return prefix.substr(0, prefix.size() - 1);
}

std::string ReturnPath::address(std::string_view token) const {
    std::string out = prefix;
    out += token;
    out += '@';
    return out += domain;
}

const Domain* Config::domain_of(std::string_view from_domain) const {
    const std::string name = base::lower(from_domain);
    if (const auto found = by_name.find(name); found != by_name.end()) return &domains[found->second];
    // The nearest "." entry above wins: of ".example.com" and ".mail.example.com" the latter.
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
        if (dot == 0) continue;   // an empty label: below nothing
        const auto found = by_suffix.find(std::string_view(name).substr(dot + 1));
        if (found != by_suffix.end()) return &domains[found->second];
    }
    return nullptr;
}

const std::vector<std::size_t>& Config::with_login(std::string_view login) const {
    static const std::vector<std::size_t> kNone;
    const auto found = by_login.find(base::lower(login));
    return found == by_login.end() ? kNone : found->second;
}

void build_lookups(Config& config) {
    config.by_name.clear();
    config.by_suffix.clear();
    config.by_login.clear();
    for (std::size_t i = 0; i < config.domains.size(); ++i) {
        const Domain& domain = config.domains[i];
        config.by_name.emplace(base::lower(domain.name), i);
        for (const auto& also : domain.also) {
            const std::string name = base::lower(also);
            if (name.starts_with('.')) config.by_suffix.emplace(name.substr(1), i);
            else config.by_name.emplace(name, i);
        }
        for (const auto& login : domain.logins) {
            auto& entries = config.by_login[base::lower(login)];
            if (entries.empty() || entries.back() != i) entries.push_back(i);
        }
    }
}

}  // namespace crmrelay::conf
