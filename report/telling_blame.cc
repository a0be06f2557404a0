// SPDX-License-Identifier: BSD-2-Clause
//
// Failures whose report blames us: a blocklist, a denied relay, a missing reverse name. They are told to the administrators as a cause of their own, once a day
// each, and count for nothing: anybody who received a message can send such a report.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/event.hh"
#include "report/telling_context.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kBlamedKept = 4096;   // domains, causes and days that this process has told
constexpr std::size_t kEventsMost = 100;    // of one message, and ten more for each of its recipients

std::string text_of(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// The receiver minds who sends, or how: not what.
bool blames(const Json& failure) {
    const auto fault = text_of(failure, "fault");
    return text_of(failure, "class") == "policy" && (fault == "policy" || fault == "relay");
}

}  // namespace

void Telling::blame(Context& context, const conf::Domain& entry, const store::Event& bounce) {
    if (bounce.type != "bounce") return;
    const auto now = context.delivery.now;
    auto document = Json::parse(bounce.document, nullptr, false);
    const auto failure = document.find("failure");
    if (failure == document.end() || !blames(*failure)) return;
    const auto cause = text_of(*failure, "reason");
    const std::int64_t day = entry.timezone.day_of(now);
    const auto key = fmt::format("blamed {} {} {}", bounce.domain, cause, day);
    {
        auto blamed = blamed_.lock();   // the event's key would tell too, but only the store knows it
        if (blamed->size() >= kBlamedKept) blamed->clear();
        if (!blamed->insert(key).second) return;
    }

    auto event = bounce;
    event.id = "evt_" + fresh_name();
    event.type = "blamed";
    event.token.clear();   // it is about a cause; the document tells of which message
    event.dedupe = key;
    document["type"] = event.type;
    document["id"] = event.id;
    document["cause"] = cause;
    event.document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    for (const auto& admin : context.mailboxes.admins_of(entry)) {
        auto row = make_outgoing(store::Outgoing::Kind::notice, entry.name, "", admin, "", now);
        row.event_ids = {event.id};
        row.cause = "blamed " + cause;
        row.day = day;
        context.add({std::move(row)});
    }
    context.plan.report.events.push_back(std::move(event));
}

void Telling::not_written() { blamed_.lock()->clear(); }

// Who received a message can send reports about it without end, each a little different: each would be an event, and mail to the CRM.
bool Telling::has_too_many(const store::Message& record) { return store_.events_of(record.token).size() >= kEventsMost + 10 * record.recipients.size(); }

}  // namespace crmrelay::report
