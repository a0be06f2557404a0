// SPDX-License-Identifier: BSD-2-Clause
//
// Asks by base's resolver client and waits for the answer.
#include "ctl/dns_query.hh"

#include <chrono>
#include <utility>

#include "base/dns_query.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::chrono::seconds kPatience{3};
constexpr std::size_t kTextsCap = 20;

}  // namespace

TxtAnswer ask_txt(const std::string& name, const std::vector<base::Endpoint>& resolvers) {
    using Outcome = base::DnsAnswer::Outcome;
    auto answer = base::DnsClient(resolvers).ask(name, base::DnsType::txt, {std::chrono::steady_clock::now() + kPatience});
    if (answer.outcome == Outcome::temporary) return {TxtAnswer::State::trouble, {}, std::move(answer.error)};
    if (answer.records.size() > kTextsCap) answer.records.resize(kTextsCap);
    return {answer.outcome == Outcome::found ? TxtAnswer::State::found : TxtAnswer::State::none, std::move(answer.records), {}};
}

}  // namespace crmrelay::ctl
