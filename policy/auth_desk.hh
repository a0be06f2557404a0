// SPDX-License-Identifier: BSD-2-Clause
//
// Where attempts to log in are judged: the logins file, password hashes in threads of their own, what was right a short while ago, the log, the store, and the
// wait before a refusal. It lives in one thread, the io_context's. It knows no protocol, and what it answers tells no client why.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "policy/auth_failures.hh"
#include "policy/auth_protocol.hh"
#include "policy/hash_pool.hh"
#include "policy/logins_file.hh"
#include "policy/remembered.hh"
#include "policy/rules.hh"
#include "store/store.hh"

namespace crmrelay::policy {

struct AuthVerdict {
    enum class Kind { ok, fail, temporary };   // temporary: the fault is ours
    Kind kind = Kind::temporary;
    std::string user;                          // as the logins file spells it; where it failed, as the client did
};

class AuthDesk {
public:
    AuthDesk(boost::asio::io_context& io, store::Store& store, RulesPtr rules);
    ~AuthDesk();

    // From now on these rules, and the logins as they stand in their file. Any thread.
    void use(RulesPtr rules);

    // Who hears of each attempt that was judged: whether it went well (cause ""), and whether its password was at fault. Before the first attempt.
    using Heard = std::function<void(const AuthAttempt& attempt, std::string_view cause, bool password)>;
    void tell(Heard heard) { heard_ = std::move(heard); }

    // A refusal comes late where this client was refused before. `attempt` outlives the wait.
    boost::asio::awaitable<AuthVerdict> judge(const AuthAttempt& attempt);

private:
    enum class Cause { none, malformed, no_tls, no_such_login, wrong_password, disabled, no_domain, network };
    struct Found {
        bool temporary = false;
        Cause cause = Cause::none;
        std::string user;
    };
    static std::string_view name_of(Cause cause);

    boost::asio::awaitable<Found> find(const AuthAttempt& attempt);
    boost::asio::awaitable<int> hashed_match(const AuthAttempt& attempt, const std::vector<Password>& passwords);
    boost::asio::awaitable<void> tell_summaries();
    int remembered_match(const Login& login, const std::string& password) const;
    Cause cause_of(const AuthAttempt& attempt, const Password& right) const;
    void note(const AuthAttempt& attempt, Cause cause, bool log);

    boost::asio::io_context& io_;
    store::Store& store_;
    RulesPtr rules_;
    LoginsFile logins_;
    const std::string stand_in_;     // hashed where a login has fewer passwords than others
    Remembered remembered_;
    AuthFailures failures_;
    Heard heard_;
    std::shared_ptr<boost::asio::steady_timer> summaries_;
    HashPool pool_;                  // last: its threads end first
};

// Whether a listed network is asked of everybody who uses this login, and none holds this client. Where an "spf:" network may hold, nobody knows here.
bool is_outside_networks(const Rules& rules, std::string_view login, const base::IpAddress& client);

}  // namespace crmrelay::policy
