// SPDX-License-Identifier: BSD-2-Clause
//
// Gathers the entries' networks.
#include "conf/networks.hh"

#include <utility>
#include <vector>

namespace crmrelay::conf {

base::PrefixTable networks_of(const Config& config) {
    std::size_t count = 0;
    for (const auto& domain : config.domains) count += domain.networks.size();
    std::vector<base::PrefixTable::Entry> entries;
    entries.reserve(count);
    for (std::uint32_t index = 0; index < config.domains.size(); ++index)
        for (const auto& prefix : config.domains[index].networks) entries.push_back({prefix, index});
    return base::PrefixTable(std::move(entries));
}

}  // namespace crmrelay::conf
