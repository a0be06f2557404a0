// SPDX-License-Identifier: BSD-2-Clause
//
// A sample token looks like all others.
#include "ctl/sample.hh"

#include "base/text.hh"
#include "ctl/postfix_value.hh"
#include "policy/token.hh"

namespace crmrelay::ctl {

namespace {

// 40 letters in base32, as policy/token.hh has them.
constexpr std::string_view kToken = "k5xw2zlomfzgs3dfnrqxs2lom4qhi33lmvxc4abc";
static_assert(kToken.size() == policy::kTokenLength);

}  // namespace

std::vector<std::string> sample_addresses(const BounceDomain& domain) {
    std::vector<std::string> out;
    for (const auto& prefix : domain.prefixes) out.push_back(prefix + std::string(kToken) + "@" + domain.name);
    return out;
}

std::string shown_pattern(std::string address) {
    if (const auto at = address.find(kToken); at != std::string::npos) address.replace(at, kToken.size(), "{token}");
    return address;
}

LocalNames local_names(const PostfixState& state) {
    LocalNames out;
    out.recipient_delimiter = state.expanded.at("recipient_delimiter");
    for (const auto* const parameter : {"myorigin", "mydestination"})
        for (const auto item : items_of(state.expanded.at(parameter)))
            if (item.find(':') == std::string_view::npos && !item.starts_with('/')) out.domains.emplace_back(item);
    return out;
}

}  // namespace crmrelay::ctl
