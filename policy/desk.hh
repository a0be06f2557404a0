// SPDX-License-Identifier: BSD-2-Clause
//
// The desk: where questions arrive, the pure decisions are asked, and their effects performed: the session table, the store, the log.
// It lives in one thread, the io_context's; the store answers from its own.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/admission.hh"
#include "policy/decision.hh"
#include "policy/login_times.hh"
#include "policy/network_lookup.hh"
#include "policy/policy_protocol.hh"
#include "policy/sessions.hh"
#include "policy/standings.hh"
#include "policy/usage.hh"
#include "policy/witness.hh"
#include "store/store.hh"

namespace crmrelay::policy {

class Metrics;

class Desk {
public:
    using Clock = std::function<base::Seconds()>;

    // Without `networks` an "spf:" entry cannot be judged; without `metrics` nothing is counted.
    Desk(boost::asio::io_context& io, store::Store& store, NetworkLookup* networks, RulesPtr rules, Clock clock, Metrics* metrics = nullptr);

    // From now on decisions follow these rules. One thread, not the loop's.
    void use(RulesPtr rules);

    // Postfix asks; the answer is an access(5) action. Nothing where it needs waiting: then policy() gives it.
    std::optional<std::string> policy_at_once(const PolicyRequest& request);
    boost::asio::awaitable<std::string> policy(const PolicyRequest& request);

    // The milter tells and asks.
    void announce(const Announce& announce) { sessions_.announce(announce.session, announce.facts); }
    void close(const Close& close) { sessions_.close(close.session); }
    void ended(const Ended& ended) { witness_.ended(ended); }
    void instance_gone(std::string_view instance) { sessions_.forget_instance(instance); }
    Answer whose(const Whose& question) const;
    // Lets the loop read all that has arrived: before a session is taken for unknown, since its announcement may come by another connection.
    boost::asio::awaitable<void> hear_announcements();
    boost::asio::awaitable<Answer> admit(const Admit& question);

    // An attempt to log in was judged: cause "" where it went well; `password`: its password was at fault.
    void heard_login(const base::IpAddress& client, std::string_view login, std::string_view cause, bool password);

    // Questions that wait for the store. Any thread.
    int in_flight() const { return *in_flight_; }

private:
    std::optional<std::string> bounce_address_at_once(const PolicyRequest& request);
    // Puts the standing of these "spf:" networks into the facts.
    boost::asio::awaitable<void> look_at_networks(SessionFacts& facts, std::vector<std::string> names);
    bool networks_at_once(SessionFacts& facts, const std::vector<std::string>& names) const;
    std::string verdict_action(const PolicyRequest& request, const SessionVerdict& verdict);
    std::string relay_action(const PolicyRequest& request);
    std::string granted_action(const PolicyRequest& request, const SessionVerdict& verdict);
    std::vector<std::string> networks_that_matter(const SessionFacts& facts) const;   // to the session's verdict
    std::string bounce_address_action(const PolicyRequest& request, std::optional<bool> on_record);
    std::string refuse_address(const PolicyRequest& request, const Refusal& refusal);
    boost::asio::awaitable<std::optional<bool>> is_on_record(const PolicyRequest& request);
    bool may_have_been_granted(const std::string& session, const SessionFacts& facts) const;
    struct Place {   // where a refusal was given
        std::string_view queue_id, instance;
        const MessageFacts* message = nullptr;   // nullptr: at RCPT
    };
    void note(const SessionFacts& session, const Refusal& refusal, const Place& place);
    const conf::Domain* owner_of(const SessionFacts& facts) const;   // whose login or certificate the session has
    std::vector<Standings::Counted> strikes_of(const SessionFacts& facts) const;                                           // of a session refused at RCPT
    std::vector<Standings::Counted> strikes_of(const Admit& question, const SessionFacts& facts, const Refusal& refusal);   // of a message refused
    bool is_new_message(const PolicyRequest& request);
    std::map<std::string, std::vector<store::Used>> used_before(const Rules& rules);
    void fill_usage(const conf::Domain& domain, const std::vector<store::Used>& used);
    std::optional<Reply> take_of_limits(const conf::Domain& domain, const SessionFacts& facts, const MessageFacts& message, base::Seconds now);
    void tell_of_limit(const conf::Domain& domain, const std::string& login, const LimitState& state, bool reached, base::Seconds now);
    void warn_of_missing_milter(const PolicyRequest& request);

    boost::asio::io_context& io_;
    store::Store& store_;
    NetworkLookup* const networks_;
    Metrics* const metrics_;
    RulesPtr rules_;
    Clock clock_;
    Sessions sessions_;
    Standings standings_;
    Witness witness_;
    LoginTimes login_times_;
    std::set<std::string, std::less<>> struck_;     // Postfix's names of messages that have counted already, or have been looked at
    std::deque<std::string> struck_order_;
    Usage usage_;
    std::set<std::string> limited_;                 // domains whose earlier messages are in usage_; of the thread that calls use()
    std::map<std::string, base::Seconds> limits_told_;   // by account, window, and what happened
    boost::asio::thread_pool readers_{2};
    std::map<std::string, base::Seconds> warned_;   // services without our milter, and when the log said so
    const std::shared_ptr<std::atomic<int>> in_flight_ = std::make_shared<std::atomic<int>>(0);   // a question that hangs may outlive the desk
};

}  // namespace crmrelay::policy
