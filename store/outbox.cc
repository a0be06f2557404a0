// SPDX-License-Identifier: BSD-2-Clause
//
// Writes, lists and moves on the rows of the outbox.
#include "store/outbox.hh"

#include <stdexcept>

#include "store/packing.hh"

namespace crmrelay::store {

namespace {

constexpr Seconds day = 86400;

constexpr const char* insert_sql =
    "INSERT INTO outgoing (kind, state, domain, token, event_ids, recipient, created_at, next_at, attempts, queue_id, queued_at, last_error, mail)"
    " VALUES (:kind, :state, :domain, :token, :event_ids, :recipient, :created_at, :next_at, :attempts, :queue_id, 0, :last_error, :mail)";

constexpr const char* columns = "SELECT id, kind, state, domain, token, event_ids, recipient, created_at, next_at, attempts, queue_id, last_error";

std::string select(const std::string& rest) { return columns + std::string(" FROM outgoing ") + rest; }

void bind_out(Statement& statement, OutgoingRow& row) {
    auto& o = row.outgoing;
    statement.out(row.id, row.kind, row.state, o.domain, o.token, row.event_ids, o.recipient, row.created_at, row.next_at, o.attempts, o.queue_id, o.last_error);
}

template <typename Name>
Name named(const std::string& text, std::initializer_list<Name> names) {
    for (const auto name : names)
        if (name_of(name) == text) return name;
    throw std::runtime_error("a stored report has the unknown kind or state \"" + text + "\": the row is damaged");
}

Outgoing outgoing_of_row(const OutgoingRow& row) {
    using Kind = Outgoing::Kind;
    using State = Outgoing::State;
    Outgoing outgoing = row.outgoing;
    outgoing.id = row.id;
    outgoing.kind = named(row.kind, {Kind::handback, Kind::forward, Kind::notice});
    outgoing.state = named(row.state, {State::pending, State::queued, State::failed, State::dropped});
    outgoing.event_ids = unpack_texts(row.event_ids);
    outgoing.created_at = row.created_at;
    outgoing.next_at = row.next_at;
    return outgoing;
}

}  // namespace

OutboxWriter::OutboxWriter(Session& session)
    : insert_(session, insert_sql),
      queued_(session, "UPDATE outgoing SET state = 'queued', queue_id = :queue_id, queued_at = :queued_at, last_error = '' WHERE id = :id"),
      postpone_(session, "UPDATE outgoing SET next_at = :next_at, last_error = :last_error, attempts = attempts + :more WHERE id = :id AND state = 'pending'"),
      failed_(session, "UPDATE outgoing SET state = 'failed', last_error = :last_error WHERE id = :id"),
      forwards_(session, "SELECT handed_on FROM forwards WHERE token = :token AND day = :day"),
      forward_(session, "INSERT INTO forwards (token, day, handed_on) VALUES (:token, :day, 1) ON CONFLICT (day, token) DO UPDATE SET handed_on = forwards.handed_on + 1") {
    auto& o = row_.outgoing;
    insert_.in(row_.kind, row_.state, o.domain, o.token, row_.event_ids, o.recipient, row_.created_at, row_.next_at, o.attempts, o.queue_id, o.last_error, o.mail);
    queued_.in(text_, time_, id_);
    postpone_.in(time_, text_, attempts_, id_);
    failed_.in(text_, id_);
    forwards_.in(text_, time_).out(count_);
    forward_.in(text_, time_);
}

void OutboxWriter::insert(const Outgoing& outgoing) {
    row_.outgoing = outgoing;
    row_.kind = name_of(outgoing.kind);
    row_.state = name_of(outgoing.state);
    row_.event_ids = pack(outgoing.event_ids);
    row_.created_at = outgoing.created_at;
    row_.next_at = outgoing.next_at;
    insert_.run();
}

void OutboxWriter::mark_queued(std::int64_t id, const std::string& queue_id, Seconds now) {
    id_ = id;
    text_ = queue_id;
    time_ = now;
    queued_.run();
}

void OutboxWriter::postpone(std::int64_t id, Seconds next_at, const std::string& error) { move(id, next_at, error, 1); }

void OutboxWriter::put_off(std::int64_t id, Seconds next_at, const std::string& why) { move(id, next_at, why, 0); }

void OutboxWriter::move(std::int64_t id, Seconds next_at, const std::string& why, int attempts) {
    id_ = id;
    text_ = why;
    time_ = next_at;
    attempts_ = attempts;
    postpone_.run();
}

void OutboxWriter::mark_failed(std::int64_t id, const std::string& error) {
    id_ = id;
    text_ = error;
    failed_.run();
}

bool OutboxWriter::count_forward(const std::string& token, Seconds now, int limit) {
    text_ = token;
    time_ = now / day;
    count_ = 0;
    forwards_.run();
    if (count_ >= limit) return false;
    forward_.run();
    return true;
}

OutboxReader::OutboxReader(Session& session)
    : due_(session, columns + std::string(", mail FROM outgoing WHERE state = 'pending' AND next_at <= :now ORDER BY next_at, id LIMIT :limit")),
      next_(session, "SELECT coalesce(min(next_at), -1) FROM outgoing WHERE state = 'pending'"),
      by_queue_id_(session, select("WHERE queue_id = :queue_id AND queue_id <> '' ORDER BY id DESC LIMIT 1")),
      by_token_(session, select("WHERE token = :token ORDER BY id")),
      depth_(session, "SELECT count(*) FROM outgoing WHERE state = 'pending' AND (:any_domain = 1 OR domain = :domain)") {
    due_.in(time_, limit_);
    by_queue_id_.in(key_);
    by_token_.in(key_);
    for (auto* statement : {&due_, &by_queue_id_, &by_token_}) bind_out(*statement, row_);
    due_.out(row_.outgoing.mail);
    next_.out(time_);
    depth_.in(any_domain_, key_).out(count_);
}

std::vector<Outgoing> OutboxReader::read(Statement& statement) {
    row_.outgoing.mail.clear();
    std::vector<Outgoing> rows;
    statement.each([&] { rows.push_back(outgoing_of_row(row_)); });
    return rows;
}

std::vector<Outgoing> OutboxReader::due(Seconds now, int limit) {
    time_ = now;
    limit_ = limit;
    return read(due_);
}

std::optional<Seconds> OutboxReader::next_due() {
    next_.run();
    if (time_ < 0) return std::nullopt;
    return time_;
}

std::optional<Outgoing> OutboxReader::by_queue_id(const std::string& queue_id) {
    key_ = queue_id;
    auto rows = read(by_queue_id_);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::vector<Outgoing> OutboxReader::of(const std::string& token) {
    key_ = token;
    return read(by_token_);
}

std::int64_t OutboxReader::depth(const std::string& domain) {
    key_ = domain;
    any_domain_ = domain.empty() ? 1 : 0;
    depth_.run();
    return count_;
}

}  // namespace crmrelay::store
