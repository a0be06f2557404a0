// SPDX-License-Identifier: BSD-2-Clause
//
// Writes the documents.
#include "policy/strike_events.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/clock.hh"
#include "base/crypto.hh"
#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using Json = nlohmann::json;

Json json_of(const store::Failure& failure) {
    return {{"time", base::rfc3339(failure.time)}, {"reason", failure.reason}, {"text", failure.text}, {"client", failure.client}, {"login", failure.login}, {"queue_id", failure.queue_id}};
}

Json json_of(const std::vector<store::Failure>& failures) {
    auto out = Json::array();
    for (const auto& failure : failures) out.push_back(json_of(failure));
    return out;
}

Json suspension_of(const store::Standing& standing) {
    return {{"since", base::rfc3339(standing.suspended_at)},
            {"until", standing.until == 0 ? Json() : Json(base::rfc3339(standing.until))},
            {"why", standing.why},
            {"by", standing.by_hand ? "administrator" : "strikes"}};
}

// What notices need to know of the domain.
Json domain_facts(const conf::Domain& domain) { return {{"crm", domain.crm}, {"falls_back", domain.falls_back}, {"after", domain.suspend.after}, {"timezone", domain.timezone.name()}}; }

store::Event make_event(std::string_view type, std::string_view domain, base::Seconds time, Json members) {
    store::Event event;
    event.id = "evt_" + base::base32(base::random_octets(16));
    event.time = time;
    event.type = type;
    event.domain = domain;
    members.update({{"type", type}, {"id", event.id}, {"time", base::rfc3339(time)}, {"domain", domain}});
    event.document = members.dump(-1, ' ', false, Json::error_handler_t::replace);
    return event;
}

// `cause`: what the administrators are told of once a day.
void add_notices(const conf::Domain& domain, const store::Event& event, std::string_view cause, store::Report& into) {
    for (const auto& admin : domain.admins) {
        store::Outgoing notice;
        notice.kind = store::Outgoing::Kind::notice;
        notice.domain = domain.name;
        notice.event_ids = {event.id};
        notice.recipient = admin;
        notice.created_at = notice.next_at = event.time;
        notice.cause = cause;
        notice.day = domain.timezone.day_of(event.time);
        into.outgoing.push_back(std::move(notice));
    }
}

// A suspension comes again on the same day only where somebody has ended it by hand: each one, and each end, is a cause of its own.
std::string cause_of(std::string_view type, const store::Standing& standing) { return fmt::format("{} {}", type, standing.suspended_at); }

}  // namespace

store::Report strike_report(const conf::Domain& domain, const Struck& struck) {
    using Tell = Struck::Tell;
    const auto& standing = struck.standing;
    store::Report out;
    if (!struck.changed || (!struck.event && struck.tell == Tell::nobody)) return out;
    const auto& last = standing.failures.back();
    auto event = make_event("strike", domain.name, last.time,
                            {{"strike", {{"in_a_row", standing.in_a_row}, {"today", standing.today}, {"last", json_of(last)}, {"failures", json_of(standing.failures)}}},
                             {"policy", domain_facts(domain)}});
    event.action = last.reason;
    event.diagnostic = last.text;
    if (struck.tell == Tell::warned || struck.tell == Tell::told) add_notices(domain, event, struck.tell == Tell::warned ? "strike warned" : "strike told", out);
    out.events.push_back(std::move(event));
    if (struck.tell != Tell::suspended) return out;
    auto suspension = make_event("suspended", domain.name, last.time,
                                 {{"suspension", suspension_of(standing)}, {"failures", json_of(standing.failures)}, {"policy", domain_facts(domain)}});
    suspension.action = "strikes";
    suspension.diagnostic = standing.why;
    add_notices(domain, suspension, cause_of("suspended", standing), out);
    out.events.push_back(std::move(suspension));
    return out;
}

store::Report suspended_report(const conf::Domain& domain, const store::Standing& standing) {
    store::Report out;
    auto event = make_event("suspended", domain.name, standing.suspended_at, {{"suspension", suspension_of(standing)}, {"failures", Json::array()}, {"policy", domain_facts(domain)}});
    event.action = "administrator";
    event.diagnostic = standing.why;
    out.events.push_back(std::move(event));
    return out;
}

store::Report resumed_report(const conf::Domain* domain, const store::Standing& before, base::Seconds now, std::string_view by) {
    store::Report out;
    auto event = make_event("resumed", before.domain, now, {{"suspension", suspension_of(before)}, {"by", by}});
    event.action = by;
    event.diagnostic = before.why;
    if (domain) add_notices(*domain, event, cause_of("resumed", before), out);
    out.events.push_back(std::move(event));
    return out;
}

store::Report password_report(const conf::Domain& domain, const store::Failure& failure) {
    store::Report out;
    auto event = make_event("auth-failed", domain.name, failure.time,
                            {{"auth", json_of(failure)}, {"counts", domain.suspend.count.contains("password")}, {"policy", domain_facts(domain)}});
    event.action = failure.reason;
    event.diagnostic = failure.text;
    add_notices(domain, event, "auth-failed", out);
    out.events.push_back(std::move(event));
    return out;
}

store::Report unconfigured_report(const conf::Domain& domain, std::string_view from_domain, const store::Failure& failure, std::int64_t day) {
    store::Report out;
    auto event = make_event("unconfigured", domain.name, failure.time, {{"from_domain", from_domain}, {"refusal", json_of(failure)}, {"policy", domain_facts(domain)}});
    event.action = base::neuter(from_domain, 253);
    event.diagnostic = failure.text;
    event.dedupe = fmt::format("unconfigured {} {} {}", domain.name, event.action, day);
    add_notices(domain, event, "unconfigured", out);
    out.events.push_back(std::move(event));
    return out;
}

}  // namespace crmrelay::policy
