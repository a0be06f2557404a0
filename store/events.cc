// SPDX-License-Identifier: BSD-2-Clause
//
// Writes events once and lists them.
#include "store/events.hh"

namespace crmrelay::store {

namespace {

constexpr const char* insert_sql =
    "INSERT INTO events (id, happened_at, type, domain, token, recipient, status, action, diagnostic, matched_by, dedupe, document)"
    " VALUES (:id, :happened_at, :type, :domain, :token, :recipient, :status, :action, :diagnostic, :matched_by, nullif(:dedupe, ''), :document)"
    " ON CONFLICT (dedupe) DO NOTHING";

std::string select(const std::string& rest) {
    return "SELECT id, happened_at, type, domain, token, recipient, status, action, diagnostic, matched_by, coalesce(dedupe, ''), document FROM events " + rest;
}

void bind_out(Statement& statement, EventRow& row) {
    auto& e = row.event;
    statement.out(e.id, row.happened_at, e.type, e.domain, e.token, e.recipient, e.status, e.action, e.diagnostic, e.matched_by, e.dedupe, e.document);
}

}  // namespace

EventWriter::EventWriter(Session& session) : insert_(session, insert_sql), change_(session, "UPDATE events SET document = :document WHERE id = :id") {
    auto& e = row_.event;
    change_.in(e.document, e.id);
    insert_.in(e.id, row_.happened_at, e.type, e.domain, e.token, e.recipient, e.status, e.action, e.diagnostic, e.matched_by, e.dedupe, e.document);
}

bool EventWriter::insert(const Event& event) {
    row_.event = event;
    row_.happened_at = event.time;
    insert_.run();
    return insert_.changed() > 0;
}

void EventWriter::change_document(const std::string& id, const std::string& document) {
    row_.event.id = id;
    row_.event.document = document;
    change_.run();
}

EventReader::EventReader(Session& session)
    : by_id_(session, select("WHERE id = :id")),
      by_token_(session, select("WHERE token = :token ORDER BY happened_at, seq")),
      by_domain_(session, select("WHERE domain = :domain AND happened_at >= :since AND (:any_type = 1 OR type = :type)"
                                 " ORDER BY happened_at DESC, seq DESC LIMIT :limit")),
      by_time_(session, select("WHERE happened_at >= :since AND (:any_type = 1 OR type = :type) ORDER BY happened_at DESC, seq DESC LIMIT :limit")) {
    by_id_.in(id_);
    by_token_.in(token_);
    by_domain_.in(domain_, since_, any_type_, type_, limit_);
    by_time_.in(since_, any_type_, type_, limit_);
    for (auto* statement : {&by_id_, &by_token_, &by_domain_, &by_time_}) bind_out(*statement, row_);
}

std::vector<Event> EventReader::read(Statement& statement) {
    std::vector<Event> events;
    statement.each([&] { events.emplace_back(row_.event).time = row_.happened_at; });
    return events;
}

std::optional<Event> EventReader::find(const std::string& id) {
    id_ = id;
    auto events = read(by_id_);
    if (events.empty()) return std::nullopt;
    return std::move(events.front());
}

std::vector<Event> EventReader::of(const std::string& token) {
    token_ = token;
    return read(by_token_);
}

std::vector<Event> EventReader::matching(const Store::EventQuery& query) {
    domain_ = query.domain.value_or("");
    type_ = query.type.value_or("");
    any_type_ = query.type ? 0 : 1;
    since_ = query.since;
    limit_ = query.limit;
    return read(query.domain ? by_domain_ : by_time_);
}

}  // namespace crmrelay::store
