// SPDX-License-Identifier: BSD-2-Clause
//
// Names of the store's states, as they stand in its rows and as listings show them.
#include "store/records.hh"

namespace crmrelay::store {

std::string webhook_target(std::string_view domain) { return "webhook:" + std::string(domain); }

Outgoing webhook_row(const Event& event, std::string url, Seconds now) {
    Outgoing row;
    row.kind = Outgoing::Kind::webhook;
    row.domain = event.domain;
    row.token = event.token;
    row.event_ids = {event.id};
    row.target = webhook_target(event.domain);
    row.recipient = std::move(url);
    row.mail = event.document;
    row.created_at = row.next_at = now;
    return row;
}

std::string_view name_of(Outgoing::Kind kind) {
    switch (kind) {
        case Outgoing::Kind::handback: return "handback";
        case Outgoing::Kind::forward: return "forward";
        case Outgoing::Kind::notice: return "notice";
        case Outgoing::Kind::webhook: return "webhook";
    }
    return "unknown";
}

std::string_view name_of(Outgoing::State state) {
    switch (state) {
        case Outgoing::State::pending: return "pending";
        case Outgoing::State::queued: return "queued";
        case Outgoing::State::delivered: return "delivered";
        case Outgoing::State::failed: return "failed";
        case Outgoing::State::dropped: return "dropped";
    }
    return "unknown";
}

}  // namespace crmrelay::store
