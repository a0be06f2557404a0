// SPDX-License-Identifier: BSD-2-Clause
//
// Puts the pure decisions into the store's transactions, and logs what comes of them.
#include "policy/standings.hh"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>

#include "base/called_back.hh"
#include "policy/log.hh"
#include "policy/strike_events.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

namespace {

constexpr std::chrono::seconds kLook{1};
constexpr int kUnconfiguredADay = 20;   // From domains of one domain's sessions

void append(store::Report& to, store::Report more) {
    for (auto& event : more.events) to.events.push_back(std::move(event));
    for (auto& outgoing : more.outgoing) to.outgoing.push_back(std::move(outgoing));
}

}  // namespace

// A decision as it was taken last: written by the store's thread, read when it is done.
struct Standings::Change : store::StandingChange {
    base::Seconds now = 0;
    bool struck = false;

    void take(Struck result, const conf::Domain& domain) {
        append(report, strike_report(domain, result));
        changed |= result.changed;
        struck = result.changed;
        standing = std::move(result.standing);
    }
};

Standings::Standings(asio::io_context& io, store::Store& store, RulesPtr rules, Clock clock)
    : io_(io), store_(store), rules_(std::move(rules)), clock_(std::move(clock)), timer_(std::make_shared<asio::steady_timer>(io)) {
    try {
        for (const auto& standing : store_.standings()) learn(standing);
    } catch (const std::exception& e) {
        log::store_trouble("reading which domains are suspended", e.what());
    }
    asio::co_spawn(io_, [this] { return keep_up(); }, asio::detached);
}

Standings::~Standings() = default;

void Standings::use(RulesPtr rules) {
    rules_ = std::move(rules);
    suspended_.clear();
    for (const auto& [domain, standing] : known_) show(standing);
}

const conf::Domain* Standings::find(const std::string& domain) const {
    const auto& config = rules_->config();
    const auto at = config.by_name.find(domain);
    return at == config.by_name.end() ? nullptr : &config.domains[at->second];
}

const Suspensions& Standings::suspended() {
    const auto now = clock_();
    std::erase_if(suspended_, [&](const auto& entry) { return !known_.at(entry.first).is_suspended(now); });
    return suspended_;
}

void Standings::show(const store::Standing& standing) {
    const auto* domain = find(standing.domain);
    if (domain && standing.is_suspended(clock_())) suspended_.insert_or_assign(standing.domain, suspended_reply(*domain, standing));
    else suspended_.erase(standing.domain);
}

void Standings::learn(const store::Standing& standing) {
    auto& known = known_[standing.domain];
    const auto before = std::exchange(known, standing);
    show(standing);
    if (before.suspended_at == standing.suspended_at && before.until == standing.until) return;
    const auto* domain = find(standing.domain);
    if (standing.suspended_at != 0 && domain) log::suspended(standing, *domain);
    if (standing.suspended_at == 0) log::resumed(standing.domain, before.until != 0 && before.until <= clock_() ? "midnight" : "administrator");
}

// `decide` runs in the store's transaction, on its thread, perhaps more than once; `done` in the loop.
void Standings::change(const std::string& domain, std::function<void(Change&)> decide, std::function<void(bool)> done) {
    const auto result = std::make_shared<Change>();
    const auto now = clock_();
    auto in_store = [result, now, domain, rules = rules_, decide = std::move(decide)](const store::Standing& before) {
        *result = Change{};
        result->now = now;
        result->standing = before;
        if (const auto over = resumed_when_over(before, now)) {   // midnight was a moment ago
            const auto& config = rules->config();
            const auto at = config.by_name.find(domain);
            append(result->report, resumed_report(at == config.by_name.end() ? nullptr : &config.domains[at->second], before, now, "midnight"));
            result->standing = *over;
            result->changed = true;
        }
        decide(*result);
        return static_cast<store::StandingChange>(*result);
    };
    store_.change_standing(domain, std::move(in_store), [this, result, done = std::move(done), alive = std::weak_ptr(alive_), &io = io_](const store::Outcome& outcome) {
        asio::post(io, [this, result, done, alive, durable = outcome.durable, error = outcome.error] {
            if (alive.expired()) return;
            if (durable && result->changed) {
                ++learnt_;
                learn(result->standing);
            }
            if (!durable && !std::exchange(in_trouble_, true)) log::store_trouble("recording a failure or a suspension", error);
            if (durable) in_trouble_ = false;
            done(durable && result->struck);
        });
    });
}

awaitable<void> Standings::strike(std::vector<Counted> failures, const SessionFacts& session, std::string_view queue_id) {
    if (failures.empty()) co_return;
    auto start = [&](auto done) {
        const auto open = std::make_shared<std::size_t>(failures.size());
        for (const auto& counted : failures) {
            const store::Failure failure{clock_(), counted.reason, counted.text, session.client.text(), session.login, std::string(queue_id)};
            auto decide = [rules = rules_, name = counted.domain, failure](Change& change) {
                const auto& config = rules->config();
                const auto& domain = config.domains[config.by_name.find(name)->second];
                change.take(policy::strike(change.standing, domain, failure), domain);
            };
            change(counted.domain, decide, [this, open, done, name = counted.domain, proof = counted.proof](bool struck) {
                if (const auto* domain = find(name); struck && domain && !known_[name].failures.empty()) log::strike(known_[name], *domain, name_of(proof));
                if (--*open == 0) done(true);
            });
        }
    };
    co_await base::called_back<bool>(io_.get_executor(), start);
}

void Standings::wrong_password(const std::string& name, const base::IpAddress& client, std::string_view login, std::string_view reason) {
    const auto* domain = find(name);
    if (!domain) return;
    const auto now = clock_();
    const bool counted = domain->mode == conf::Mode::enforce && domain->suspend.count.contains("password");
    // Whoever has an address of the CRM's cloud can come here as often as it likes: what changes nothing does not reach the store.
    if (const auto known = known_.find(name); known != known_.end()) {
        const bool told = known->second.password_on >= domain->timezone.day_of(now);
        if (told && (!counted || known->second.is_suspended(now))) return;
    }
    const store::Failure failure{now, "password", fmt::format("535 5.7.8 authentication failed: {}", reason), client.text(), std::string(login), ""};
    auto decide = [rules = rules_, name, failure, counted](Change& change) {
        const auto& config = rules->config();
        const auto& of = config.domains[config.by_name.find(name)->second];
        if (warn_of_password(change.standing, of, failure.time)) {
            change.changed = true;
            append(change.report, password_report(of, failure));
        }
        if (counted) change.take(policy::strike(change.standing, of, failure), of);
    };
    change(name, decide, [this, name](bool struck) {
        if (const auto* of = find(name); struck && of && !known_[name].failures.empty()) log::strike(known_[name], *of, "none");
    });
}

void Standings::unconfigured(const std::string& name, const std::string& from_domain, const SessionFacts& session, const Reply& reply, std::string_view queue_id) {
    const auto* domain = find(name);
    if (!domain) return;
    const auto now = clock_();
    const std::int64_t day = domain->timezone.day_of(now);
    auto& [of_day, told] = unconfigured_[name];
    if (std::exchange(of_day, day) != day) told = 0;
    if (++told > kUnconfiguredADay) return;
    log::unconfigured(name, from_domain);
    store_.record_report(unconfigured_report(*domain, from_domain, {now, "from", reply.line(), session.client.text(), session.login, std::string(queue_id)}, day), {});
}

awaitable<void> Standings::keep_up() {
    const auto timer = timer_;
    boost::system::error_code error;
    for (;;) {
        timer->expires_after(kLook);
        co_await timer->async_wait(asio::redirect_error(use_awaitable, error));
        if (error) co_return;
        resume_what_is_over();
        refresh();
    }
}

// What other servers and crmrelayctl have written.
void Standings::refresh() {
    if (std::exchange(refreshing_, true)) return;
    asio::post(reader_, [this, at = learnt_, alive = std::weak_ptr(alive_)] {
        std::vector<store::Standing> all;
        std::string error;
        try {
            all = store_.standings();
        } catch (const std::exception& e) {
            error = e.what();
        }
        asio::post(io_, [this, at, alive, all = std::move(all), error = std::move(error)] {
            if (alive.expired()) return;
            refreshing_ = false;
            if (!error.empty() && !std::exchange(in_trouble_, true)) log::store_trouble("reading which domains are suspended", error);
            if (error.empty()) in_trouble_ = false;
            if (error.empty() && at == learnt_)
                for (const auto& standing : all) learn(standing);
        });
    });
}

void Standings::resume_what_is_over() {
    const auto now = clock_();
    for (const auto& [name, standing] : known_) {
        if (standing.suspended_at == 0 || standing.is_suspended(now) || !resuming_.insert(name).second) continue;
        change(name, [](Change&) {}, [this, name = name](bool) { resuming_.erase(name); });   // over already: change() sees to it
    }
}

}  // namespace crmrelay::policy
