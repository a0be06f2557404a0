// SPDX-License-Identifier: BSD-2-Clause
//
// A probe's way: a record and token as policyd makes them, into Postfix as a message that must fail, and home as a bounce. Each step waits with a deadline
// and tells how long it took. It tests neither the CRM's own evidence nor the milter: no CRM is there.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "ctl/doctor_parts.hh"
#include "policy/token.hh"

namespace crmrelay::ctl {

class RoundTrip {
public:
    // `about` has a store. `hand_back`: the probe's own return path, which gets the hand-back.
    RoundTrip(const Examination& about, const conf::Domain& domain, const policy::TokenKeys& keys, std::string hand_back, const std::function<void(Finding)>& say);

    void run();

private:
    using Clock = std::chrono::steady_clock;

    bool record();
    bool judge();
    bool submit();
    bool come_home();
    bool hand_back();
    bool leave();
    void clean_up();

    std::string address() const;
    void passed(std::string what);
    bool failed(std::string what, std::string mend = {}, Level level = Level::fail);
    std::string deferred_reason(const std::string& queue_id) const;   // of this message, or ("") of what is from or to the token; empty where nothing is deferred
    std::optional<bool> is_queued(const std::string& queue_id) const;
    std::vector<std::string> own_queue_ids() const;

    const Words& tr;
    const Examination& about_;
    const conf::Domain& domain_;
    const policy::TokenKeys& keys_;
    const std::string hand_back_;
    const std::function<void(Finding)>& say_;
    std::string token_, handback_id_;
    bool keep_ = false;           // its row may still be asked for
    Clock::time_point began_;     // the present leg
};

}  // namespace crmrelay::ctl
