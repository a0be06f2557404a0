// SPDX-License-Identifier: BSD-2-Clause
//
// The domains' standings as this server knows them: failures go to the store, which all servers share and whose transaction decides; what the store says,
// also of other servers and of crmrelayctl, comes back within about a second; and a suspension that is over ends without traffic. One thread: the loop's.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policy/strikes.hh"
#include "store/store.hh"

namespace crmrelay::policy {

class Standings {
public:
    using Clock = std::function<base::Seconds()>;

    Standings(boost::asio::io_context& io, store::Store& store, RulesPtr rules, Clock clock);
    ~Standings();

    void use(RulesPtr rules);

    // Which domains are suspended now. Good until the next call.
    const Suspensions& suspended();

    // One failure of each of these domains. Returns when that is durable, or the store has said that it cannot be.
    struct Counted {
        std::string domain, reason, text;
        Proof proof = Proof::login;
    };
    boost::asio::awaitable<void> strike(std::vector<Counted> failures, const SessionFacts& session, std::string_view queue_id);

    // A wrong password for a login of this domain came from its networks.
    void wrong_password(const std::string& domain, const base::IpAddress& client, std::string_view login, std::string_view reason);
    // A session of this domain's own wrote as another domain, which no entry speaks for.
    void unconfigured(const std::string& domain, const std::string& from_domain, const SessionFacts& session, const Reply& reply, std::string_view queue_id);

private:
    struct Change;
    const conf::Domain* find(const std::string& domain) const;
    void change(const std::string& domain, std::function<void(Change&)> decide, std::function<void(bool)> done);
    boost::asio::awaitable<void> keep_up();
    void refresh();
    void resume_what_is_over();
    void learn(const store::Standing& standing);
    void show(const store::Standing& standing);

    boost::asio::io_context& io_;
    store::Store& store_;
    RulesPtr rules_;
    const Clock clock_;
    std::map<std::string, store::Standing> known_;
    Suspensions suspended_;
    std::set<std::string> resuming_;
    std::map<std::string, std::pair<std::int64_t, int>> unconfigured_;   // by domain: a day and the From domains told of
    std::uint64_t learnt_ = 0;             // how often something was: what was read before is older
    bool refreshing_ = false, in_trouble_ = false;
    std::shared_ptr<boost::asio::steady_timer> timer_;
    const std::shared_ptr<int> alive_ = std::make_shared<int>(0);   // the store may answer when this is gone
    boost::asio::thread_pool reader_{1};   // last: it ends first
};

}  // namespace crmrelay::policy
