// SPDX-License-Identifier: BSD-2-Clause
//
// Writes events of type "limit" and their notices.
#include "policy/notices.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/clock.hh"
#include "base/crypto.hh"

namespace crmrelay::policy {

namespace {

constexpr const char* kType = "limit";

}  // namespace

store::Report limit_notice(const conf::Domain& domain, const std::string& login, const LimitState& state, bool reached, base::Seconds now) {
    const std::int64_t day = domain.timezone.day_of(now);
    store::Event event;
    event.id = "evt_" + base::base32(base::random_octets(16));
    event.time = now;
    event.type = kType;
    event.domain = domain.name;
    event.action = reached ? "reached" : "warned";
    event.diagnostic = fmt::format("{} of {} messages within one {}{}{}", state.used, state.most, name_of(state.window), login.empty() ? "" : ", login ", login);
    event.dedupe = fmt::format("limit {} {} {} {}", account_of(domain, login), name_of(state.window), event.action, day);
    event.document = nlohmann::json{{"type", kType},
                                    {"id", event.id},
                                    {"time", base::rfc3339(now)},
                                    {"domain", domain.name},
                                    {"limit", {{"login", login}, {"window", name_of(state.window)}, {"most", state.most}, {"used", state.used}, {"reached", reached},
                                               {"free_at", base::rfc3339(state.free_at)}}}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    store::Report out;
    for (const auto& admin : domain.admins) {
        store::Outgoing notice;
        notice.kind = store::Outgoing::Kind::notice;
        notice.domain = domain.name;
        notice.event_ids = {event.id};
        notice.recipient = admin;
        notice.created_at = notice.next_at = now;
        notice.cause = fmt::format("limit {} {} {}", account_of(domain, login), name_of(state.window), event.action);
        notice.day = day;
        out.outgoing.push_back(std::move(notice));
    }
    out.events.push_back(std::move(event));
    out.only_if_fresh = true;
    return out;
}

}  // namespace crmrelay::policy
