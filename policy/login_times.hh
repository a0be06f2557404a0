// SPDX-License-Identifier: BSD-2-Clause
//
// Notes in the store when a login last went well and last failed, for crmrelayctl doctor: failures at most once a minute,
// successes as often and once after each noted failure, however often somebody tries. It is told of configured logins
// only, so that a stranger's inventions cost nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/ip.hh"
#include "store/store.hh"

namespace crmrelay::policy {

class LoginTimes {
public:
    explicit LoginTimes(store::Store& store) : store_(store) {}

    // `cause` "": it went well.
    void note(std::string_view login, const base::IpAddress& client, std::string_view cause, base::Seconds now);

    static constexpr base::Seconds kNoteAgain = 60;
    static constexpr std::size_t kLoginsKept = 10'000;   // more are forgotten, and then noted again

private:
    struct Noted {
        base::Seconds success = 0, failure = 0;
    };
    store::Store& store_;
    std::map<std::string, Noted> noted_;   // by login, lower case
};

}  // namespace crmrelay::policy
