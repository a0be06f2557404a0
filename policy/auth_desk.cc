// SPDX-License-Identifier: BSD-2-Clause
//
// Judges, waits, logs, counts.
#include "base/called_back.hh"
#include "policy/auth_desk.hh"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/clock.hh"
#include "base/crypto.hh"
#include "base/text.hh"
#include "policy/log.hh"
#include "policy/password.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

namespace {

constexpr std::size_t kKeyOctets = 32;
constexpr std::chrono::seconds kLookForSummaries{1};

// What hashed_match() answers besides an index.
constexpr int kNone = -1, kOverload = -2, kBroken = -3;

Milliseconds steady_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool asks_for_network(const conf::Domain& domain) {
    return std::ranges::all_of(domain.require, [](const conf::EvidenceSet& set) { return set.contains(conf::Evidence::network); });
}

}  // namespace

bool is_outside_networks(const Rules& rules, std::string_view login, const base::IpAddress& client) {
    const auto domains = rules.with_login(login);
    const auto listing = rules.with_network(client);
    return !domains.empty() && std::ranges::all_of(domains, [&](std::size_t index) {
        const auto& domain = rules.domain(index);
        return asks_for_network(domain) && domain.spf_networks.empty() && !std::ranges::binary_search(listing, static_cast<std::uint32_t>(index));
    });
}

AuthDesk::AuthDesk(asio::io_context& io, store::Store& store, RulesPtr rules)
    : io_(io), store_(store), rules_(std::move(rules)), logins_(rules_->config().service.logins), stand_in_(hash_password(make_password())),
      remembered_(base::random_octets(kKeyOctets)), summaries_(std::make_shared<asio::steady_timer>(io)) {
    failures_.unlogged(steady_now());   // the first minute begins
    logins_.current();                  // what is wrong with it stands in the log before anybody comes
    asio::co_spawn(io_, [this] { return tell_summaries(); }, asio::detached);
}

AuthDesk::~AuthDesk() = default;

void AuthDesk::use(RulesPtr rules) {
    asio::post(io_, [this, rules = std::move(rules)]() mutable {
        rules_ = std::move(rules);
        logins_.look_again(rules_->config().service.logins);
        logins_.current();
    });
}

std::string_view AuthDesk::name_of(Cause cause) {
    switch (cause) {
        case Cause::malformed: return "malformed";
        case Cause::no_tls: return "no-tls";
        case Cause::no_such_login: return "no-such-login";
        case Cause::wrong_password: return "wrong-password";
        case Cause::disabled: return "disabled";
        case Cause::no_domain: return "no-domain";
        case Cause::network: return "network";
        case Cause::none: break;
    }
    return "none";
}

awaitable<AuthVerdict> AuthDesk::judge(const AuthAttempt& attempt) {
    const auto found = co_await find(attempt);
    if (found.temporary) co_return AuthVerdict{AuthVerdict::Kind::temporary, {}};
    if (found.cause == Cause::none || found.cause == Cause::network) {
        if (found.cause == Cause::network) note(attempt, found.cause, failures_.may_log(attempt.client, steady_now()));
        if (heard_) heard_(attempt, "", false);   // where the network is wrong, the session's first recipient shows it
        co_return AuthVerdict{AuthVerdict::Kind::ok, found.user};
    }
    const auto failed = failures_.failed(attempt.client, steady_now());
    note(attempt, found.cause, failed.log);
    if (heard_) heard_(attempt, name_of(found.cause), found.cause == Cause::wrong_password || found.cause == Cause::disabled);
    if (failed.delay > 0) {
        asio::steady_timer timer(io_, std::chrono::milliseconds(failed.delay));
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(use_awaitable, ignored));
        failures_.released(attempt.client);
    }
    co_return AuthVerdict{AuthVerdict::Kind::fail, attempt.login};
}

awaitable<AuthDesk::Found> AuthDesk::find(const AuthAttempt& attempt) {
    if (!attempt.readable) co_return Found{false, Cause::malformed, {}};
    if (!attempt.secured && !rules_->config().service.auth_plaintext) co_return Found{false, Cause::no_tls, {}};
    const auto logins = logins_.current();   // kept: the file may change while hashes are computed
    if (!logins) co_return Found{true, Cause::none, {}};
    const Login* const login = logins->find(attempt.login);
    const std::vector<Password> none;
    const auto& passwords = login ? login->passwords : none;
    int right = login ? remembered_match(*login, attempt.password) : kNone;
    if (right < 0) {
        right = co_await hashed_match(attempt, passwords);
        if (right == kOverload || right == kBroken) {
            const bool may = failures_.may_log(attempt.client, steady_now());
            if (may) log::auth_trouble(right == kOverload ? "too many attempts wait already: some are put off" : "a password could not be hashed");
            co_return Found{true, Cause::none, {}};
        }
    }
    if (!login) co_return Found{false, Cause::no_such_login, {}};
    if (right < 0) co_return Found{false, Cause::wrong_password, {}};
    const auto& password = passwords[static_cast<std::size_t>(right)];
    remembered_.remember(base::lower(login->name), attempt.password, password.hash, steady_now());
    co_return Found{false, cause_of(attempt, password), login->name};
}

int AuthDesk::remembered_match(const Login& login, const std::string& password) const {
    const auto now = steady_now();
    for (std::size_t i = 0; i < login.passwords.size(); ++i)
        if (remembered_.knows(base::lower(login.name), password, login.passwords[i].hash, now)) return static_cast<int>(i);
    return kNone;
}

awaitable<int> AuthDesk::hashed_match(const AuthAttempt& attempt, const std::vector<Password>& passwords) {
    auto start = [this, &attempt, &passwords](auto done) {
        const bool taken = pool_.run(client_key(attempt.client), [this, &attempt, &passwords, done] {
            int match = kBroken;
            try {
                const auto index = matching(passwords, attempt.password, stand_in_);
                match = index ? static_cast<int>(*index) : kNone;
            } catch (const std::exception&) {   // no memory
            }
            done(match);
        });
        if (!taken) done(kOverload);
    };
    const int match = co_await base::called_back<int>(io_.get_executor(), start);
    co_return match;
}

// The password is right: what stands against it all the same.
AuthDesk::Cause AuthDesk::cause_of(const AuthAttempt& attempt, const Password& right) const {
    if (right.disabled) return Cause::disabled;
    if (rules_->with_login(attempt.login).empty()) return Cause::no_domain;   // Postfix itself lets whoever is logged in relay
    return is_outside_networks(*rules_, attempt.login, attempt.client) ? Cause::network : Cause::none;
}

void AuthDesk::note(const AuthAttempt& attempt, Cause cause, bool log) {
    const auto client = attempt.client.text();
    if (log) log::auth_failed(attempt.login, client, name_of(cause));
    if (cause == Cause::network) return;   // policy refuses it by its own reason
    const auto text = std::string("535 5.7.8 authentication failed: ").append(name_of(cause));
    for (const auto index : rules_->with_login(attempt.login))
        store_.record_refusal({rules_->domain(index).name, base::now(), false, "password", text, client, attempt.login});
}

awaitable<void> AuthDesk::tell_summaries() {
    const auto timer = summaries_;
    boost::system::error_code error;
    for (;;) {
        timer->expires_after(kLookForSummaries);
        co_await timer->async_wait(asio::redirect_error(use_awaitable, error));
        if (error) co_return;
        for (const auto& [client, count] : failures_.unlogged(steady_now())) log::auth_failed_more(client, count);
    }
}

}  // namespace crmrelay::policy
