// SPDX-License-Identifier: BSD-2-Clause
//
// Joins what the milter saw of a session to what the login server saw of its client. They share the client's address only: Postfix tells the login
// server no port.
#include "policy/witness.hh"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <algorithm>
#include <chrono>

#include "base/called_back.hh"
#include "policy/log.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr base::Seconds kLoginFresh = 600;

base::Seconds steady_seconds() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Witness::Witness(asio::io_context& io, NetworkLookup* networks, Standings& standings, RulesPtr rules)
    : io_(io), networks_(networks), standings_(standings), rules_(std::move(rules)) {}

void Witness::login(const base::IpAddress& client, std::string_view login, std::string_view cause, bool password) {
    if (const auto old = logins_.find(client); old != logins_.end()) {
        ages_.erase(old->second.age);
        logins_.erase(old);
    }
    if (logins_.size() >= kClientsKept) {
        logins_.erase(ages_.front());
        ages_.pop_front();
    }
    logins_.emplace(client, LastLogin{std::string(login), std::string(cause), steady_seconds(), ages_.insert(ages_.end(), client)});
    if (!password || rules_->with_login(login).empty()) return;
    asio::co_spawn(io_, [this, client, name = std::string(login), why = std::string(cause)] { return judge_password(client, name, why); }, asio::detached);
}

void Witness::ended(const Ended& ended) {
    asio::co_spawn(io_, [this, ended] { return judge_end(ended); }, asio::detached);
}

awaitable<Witness::Indexes> Witness::in_networks(const Indexes& domains, const base::IpAddress& client) {
    const auto rules = rules_;
    const auto listing = rules->with_network(client);
    std::map<std::string, Standing> spf;
    for (const auto index : domains)
        for (const auto& name : rules->domain(index).spf_networks) spf.emplace(name, Standing::unknown);
    for (auto& [name, standing] : spf) {
        const auto known = networks_ ? networks_->at_once(name, client) : std::optional(Standing::unknown);
        if (known) standing = *known;
        if (known || looking_up_ >= kLookUpsAtOnce) continue;
        ++looking_up_;
        auto ask = [&](auto done) { networks_->look_up(name, client, [done](Standing answer) { done(answer); }); };
        standing = co_await base::called_back<Standing>(io_.get_executor(), ask);
        --looking_up_;
    }
    Indexes out;
    for (const auto index : domains) {
        const auto& names = rules->domain(index).spf_networks;
        const bool by_spf = std::ranges::any_of(names, [&](const auto& name) { return spf.at(name) == Standing::in; });
        if (by_spf || std::ranges::binary_search(listing, static_cast<std::uint32_t>(index))) out.push_back(index);
    }
    co_return out;
}

awaitable<void> Witness::judge_password(base::IpAddress client, std::string login, std::string cause) {
    const auto rules = rules_;
    const auto& with = rules->with_login(login);
    const Indexes domains(with.begin(), with.end());
    const auto inside = co_await in_networks(domains, client);
    for (const auto index : inside) standings_.wrong_password(rules->domain(index).name, client, login, cause);
}

awaitable<void> Witness::judge_end(Ended ended) {
    const auto rules = rules_;
    const auto listing = rules->with_network(ended.facts.client);
    Indexes domains(listing.begin(), listing.end());
    for (std::size_t i = 0; domains.empty() && i < rules->config().domains.size(); ++i)
        if (!rules->domain(i).spf_networks.empty()) domains.push_back(i);
    const auto inside = co_await in_networks(domains, ended.facts.client);
    if (inside.empty()) co_return;
    const auto* last = last_login(ended.facts.client);
    if (last && last->cause.empty()) co_return;   // it logged in and went: a test of the connection, say
    if (!may_log(ended.facts.client)) co_return;
    const auto probable = last || !ended.facts.tls.empty() ? "authentication" : "tls";
    log::ended_early({rules->domain(inside.front()).name, probable, last ? last->login : "", last ? last->cause : "", ended.facts, static_cast<int>(ended.greetings)});
}

const Witness::LastLogin* Witness::last_login(const base::IpAddress& client) const {
    const auto at = logins_.find(client);
    return at == logins_.end() || steady_seconds() - at->second.at > kLoginFresh ? nullptr : &at->second;
}

bool Witness::may_log(const base::IpAddress& client) {
    if (const auto minute = steady_seconds() / 60; std::exchange(minute_, minute) != minute) {
        lines_ = 0;
        told_.clear();
    }
    if (lines_ >= kLinesAMinute || ++told_[client] > kLinesAClient) return false;
    ++lines_;
    return true;
}

}  // namespace crmrelay::policy
