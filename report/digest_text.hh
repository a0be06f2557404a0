// SPDX-License-Identifier: BSD-2-Clause
//
// A domain's figures of a day or a week, and their text. Values in, values out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "report/wording.hh"

namespace crmrelay::report {

constexpr std::size_t kDigestKeysMost = 10'000;   // destination domains and recipients that are told apart
constexpr std::size_t kDigestListed = 10;         // of each list

struct DigestFigures {
    base::Day first = 0, last = 0;                // days that it is about, in the domain's time zone
    bool weekly = false;
    std::int64_t relayed = 0, refused = 0, observed = 0, bounced = 0, delayed = 0, complaints = 0, autoreplies = 0;
    std::map<std::string, std::int64_t> refused_by, bounced_by, bounced_at, bounced_to;   // reason, reason, destination domain, recipient
    struct Suspension {
        base::Seconds at = 0;
        bool ended = false;
        std::string why;
    };
    std::vector<Suspension> suspensions;          // begins and ends, oldest first
    std::int64_t waiting = 0, dead = 0;           // in the outbox, now
    base::Seconds oldest = 0;                     // of what waits; 0: nothing does

    void bounce(std::string_view recipient, std::string_view reason);
    bool nothing() const { return relayed + refused + observed + bounced + delayed + complaints + autoreplies + waiting + dead == 0 && suspensions.empty(); }
};

NoticeText digest_text(const Wording& w, const std::string& domain, const DigestFigures& figures);

}  // namespace crmrelay::report
