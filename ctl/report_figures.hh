// SPDX-License-Identifier: BSD-2-Clause
//
// What a report about a domain says in figures: gathered from the store in one go, then printed as JSON or drawn as a page (report_page.hh). Memory is bounded: what is
// beyond a list's length is counted as "others".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hh"
#include "store/store.hh"

namespace crmrelay::ctl {

constexpr std::string_view kOthers = "others";

struct Figures {
    struct Period {                        // days of the domain's time zone, both included
        std::string from, to;              // "2026-11-23"
    };
    struct Series {
        std::string name;
        std::int64_t total = 0;
        std::vector<std::int64_t> amounts;   // one a period
    };
    struct Share {
        std::string name;
        std::int64_t count = 0;
    };
    struct Suspension {
        std::string since, until, why;     // until: empty where somebody has to resume it
        bool by_hand = false;
    };
    struct Recipient {
        std::string address, last;
        std::int64_t bounces = 0;
    };
    struct Waiting {
        std::string kind, state, oldest;
        std::int64_t reports = 0;
    };
    struct Totals {
        std::int64_t relayed = 0, refused = 0, observed = 0, bounced = 0, delayed = 0, complaints = 0, autoreplies = 0, strikes = 0, suspensions = 0, waiting = 0, dead_letters = 0;
    };

    std::string domain, timezone, since, until;   // times as RFC 3339 in that zone
    std::int64_t days = 0, kept_days = 0;         // so many are told about; records are kept that long
    Totals totals;
    std::vector<Period> periods;
    Series relayed;
    std::vector<Series> bounces;           // hard, soft, policy, other
    std::vector<Share> reasons, destinations;
    std::vector<Recipient> recipients;     // with the most bounces
    std::vector<Series> refusals;          // by reason
    std::vector<Series> strikes;           // strikes, suspensions
    std::vector<Suspension> suspensions;   // the latest, newest first
    std::vector<Waiting> outbox;
    std::string webhook_trouble;           // why its webhook is asked for nothing; or empty
};

// `since` is not after `now`.
Figures figures_of(store::Store& store, const conf::Domain& domain, int retain_days, base::Seconds since, base::Seconds now);

std::string json_of(const Figures& figures);

}  // namespace crmrelay::ctl
