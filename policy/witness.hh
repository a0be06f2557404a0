// SPDX-License-Identifier: BSD-2-Clause
//
// Sees what goes wrong before there is a message: logins that fail, and sessions from a CRM's network that end before MAIL, which the CRM shows as a
// failure of authentication or TLS. It finds whose network a client is in, and decides nothing. One thread: the loop's.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "policy/admission.hh"
#include "policy/network_lookup.hh"
#include "policy/standings.hh"

namespace crmrelay::policy {

class Witness {
public:
    static constexpr std::size_t kClientsKept = 1000;         // whose last login is remembered
    static constexpr std::size_t kLookUpsAtOnce = 20;         // of SPF records that are not at hand; a client beyond is not judged
    static constexpr int kLinesAMinute = 30, kLinesAClient = 3;   // about sessions that ended early: of all, of one client

    Witness(boost::asio::io_context& io, NetworkLookup* networks, Standings& standings, RulesPtr rules);

    void use(RulesPtr rules) { rules_ = std::move(rules); }

    // A login failed by its password, or another cause; or it went well ("").
    void login(const base::IpAddress& client, std::string_view login, std::string_view cause, bool password);
    void ended(const Ended& ended);

private:
    struct LastLogin {
        std::string login, cause;
        base::Seconds at = 0;
        std::list<base::IpAddress>::iterator age;
    };
    using Indexes = std::vector<std::size_t>;

    // Those of `domains` that have this client in their networks; where DNS has to be asked, `then` comes later.
    boost::asio::awaitable<Indexes> in_networks(const Indexes& domains, const base::IpAddress& client);
    boost::asio::awaitable<void> judge_password(base::IpAddress client, std::string login, std::string cause);
    boost::asio::awaitable<void> judge_end(Ended ended);
    const LastLogin* last_login(const base::IpAddress& client) const;
    bool may_log(const base::IpAddress& client);

    boost::asio::io_context& io_;
    NetworkLookup* const networks_;
    Standings& standings_;
    RulesPtr rules_;
    std::map<base::IpAddress, LastLogin> logins_;
    std::list<base::IpAddress> ages_;                         // the oldest first
    std::size_t looking_up_ = 0;
    base::Seconds minute_ = 0;
    int lines_ = 0;
    std::map<base::IpAddress, int> told_;                     // this minute: at most kLinesAMinute clients
};

}  // namespace crmrelay::policy
