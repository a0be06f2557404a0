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
    "INSERT INTO outgoing (kind, state, domain, token, event_ids, target, recipient, created_at, since, next_at, attempts, queue_id, queued_at, last_error, mail)"
    " VALUES (:kind, :state, :domain, :token, :event_ids, :target, :recipient, :created_at, :since, :next_at, :attempts, :queue_id, 0, :last_error, :mail)";

constexpr const char* columns = "SELECT o.id, o.kind, o.state, o.domain, o.token, o.event_ids, o.target, o.recipient, o.created_at, o.since, o.next_at, o.attempts, o.queue_id, o.last_error";

// Notices wait for nothing, and nothing waits for them.
constexpr const char* due_sql =
    ", o.mail, CASE WHEN o.token = '' OR o.kind = 'notice' THEN -1 ELSE coalesce((SELECT max(e.next_at) FROM outgoing e WHERE e.token = o.token AND e.state = 'pending'"
    " AND e.target = o.target AND e.id < o.id AND e.kind <> 'notice'), -1) END"
    " FROM outgoing o WHERE o.state = 'pending' AND o.target = :target AND o.next_at <= :now";

constexpr const char* oldest_sql = " ORDER BY o.next_at, o.id LIMIT :limit";

// One step in the index for each target, however many rows it has.
constexpr const char* targets_sql =
    "WITH RECURSIVE t(name) AS (SELECT min(target) FROM outgoing WHERE state = 'pending' UNION ALL"
    " SELECT (SELECT min(o.target) FROM outgoing o WHERE o.state = 'pending' AND o.target > t.name) FROM t WHERE t.name IS NOT NULL)"
    " SELECT t.name, (SELECT min(o.next_at) FROM outgoing o WHERE o.state = 'pending' AND o.target = t.name) FROM t WHERE t.name IS NOT NULL";

// Rows that wait are counted in their index; of the table itself one row a target is read, and the dead letters.
constexpr const char* load_sql =
    "SELECT target, CAST(sum(pending) AS BIGINT), CAST(sum(failed) AS BIGINT), max(oldest) FROM"
    " (SELECT p.target AS target, p.waiting AS pending, 0 AS failed, (SELECT o.created_at FROM outgoing o WHERE o.id = p.first_id) AS oldest FROM"
    " (SELECT target, count(*) AS waiting, min(id) AS first_id FROM outgoing WHERE state = 'pending' GROUP BY target) p"
    " UNION ALL SELECT target, 0, count(*), 0 FROM outgoing WHERE state = 'failed' GROUP BY target) l GROUP BY target ORDER BY target";

constexpr const char* matching_sql =
    "WHERE (:any_domain = 1 OR o.domain = :domain) AND (o.state = :state OR (:waiting = 'waiting' AND o.state IN ('pending', 'failed')) OR :every = 'all')"
    " ORDER BY o.id DESC LIMIT :limit";

constexpr const char* retry_sql = "UPDATE outgoing SET state = 'pending', attempts = 0, since = :since, next_at = :now, owner = '' WHERE ";

std::string select(const std::string& rest) { return columns + std::string(" FROM outgoing o ") + rest; }

void bind_out(Statement& statement, OutgoingRow& row) {
    auto& o = row.outgoing;
    statement.out(row.id, row.kind, row.state, o.domain, o.token, row.event_ids, o.target, o.recipient, row.created_at, row.since, row.next_at, o.attempts, o.queue_id,
                  o.last_error);
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
    outgoing.kind = named(row.kind, {Kind::handback, Kind::forward, Kind::notice, Kind::webhook});
    outgoing.state = named(row.state, {State::pending, State::queued, State::delivered, State::failed, State::dropped});
    outgoing.event_ids = unpack_texts(row.event_ids);
    outgoing.created_at = row.created_at;
    outgoing.since = row.since;
    outgoing.next_at = row.next_at;
    if (row.waits_until >= 0) outgoing.waits_until = row.waits_until;
    return outgoing;
}

}  // namespace

OutboxWriter::OutboxWriter(Session& session)
    : insert_(session, insert_sql),
      queued_(session, "UPDATE outgoing SET state = 'queued', queue_id = :queue_id, queued_at = :queued_at, last_error = '' WHERE id = :id"),
      delivered_(session, "UPDATE outgoing SET state = 'delivered', queued_at = :queued_at, last_error = '', mail = '' WHERE id = :id"),
      postpone_(session, "UPDATE outgoing SET next_at = :next_at, last_error = :last_error, attempts = attempts + :more, owner = '' WHERE id = :id AND state = 'pending'"),
      failed_(session, "UPDATE outgoing SET state = 'failed', last_error = :last_error WHERE id = :id AND state <> 'dropped'"),
      retry_(session, std::string(retry_sql) + "id = :id AND state IN ('pending', 'failed')"),
      retry_all_(session, std::string(retry_sql) + "state = 'failed' AND (:any_domain = 1 OR domain = :domain)"),
      drop_(session, "UPDATE outgoing SET state = 'dropped', mail = '' WHERE id = :id AND state IN ('pending', 'failed')"),
      drop_all_(session, "UPDATE outgoing SET state = 'dropped', mail = '' WHERE state = 'failed' AND (:any_domain = 1 OR domain = :domain)"),
      set_target_(session, "INSERT INTO targets (name, url, paused_until, disabled_at, reason) VALUES (:name, :url, :paused_until, :disabled_at, :reason) ON CONFLICT (name)"
                           " DO UPDATE SET url = excluded.url, paused_until = excluded.paused_until, disabled_at = excluded.disabled_at, reason = excluded.reason"),
      forwards_(session, "SELECT handed_on FROM forwards WHERE token = :token AND day = :day"),
      forward_(session, "INSERT INTO forwards (token, day, handed_on) VALUES (:token, :day, 1) ON CONFLICT (day, token) DO UPDATE SET handed_on = forwards.handed_on + 1") {
    auto& o = row_.outgoing;
    insert_.in(row_.kind, row_.state, o.domain, o.token, row_.event_ids, o.target, o.recipient, row_.created_at, row_.since, row_.next_at, o.attempts, o.queue_id, o.last_error,
               o.mail);
    queued_.in(text_, time_, id_);
    delivered_.in(time_, id_);
    postpone_.in(time_, text_, attempts_, id_);
    failed_.in(text_, id_);
    retry_.in(time_, same_time_, id_);
    retry_all_.in(time_, same_time_, any_domain_, text_);
    drop_.in(id_);
    drop_all_.in(any_domain_, text_);
    auto& t = target_.target;
    set_target_.in(t.name, t.url, target_.paused_until, target_.disabled_at, t.reason);
    forwards_.in(text_, time_).out(count_);
    forward_.in(text_, time_);
}

void OutboxWriter::insert(const Outgoing& outgoing) {
    row_.outgoing = outgoing;
    row_.kind = name_of(outgoing.kind);
    row_.state = name_of(outgoing.state);
    row_.event_ids = pack(outgoing.event_ids);
    row_.created_at = outgoing.created_at;
    row_.since = outgoing.since == 0 ? outgoing.created_at : outgoing.since;
    row_.next_at = outgoing.next_at;
    insert_.run();
}

void OutboxWriter::move(const Move& move) {
    id_ = move.id;
    text_ = move.text;
    time_ = move.at;
    attempts_ = move.attempted ? 1 : 0;
    switch (move.state) {
        case Outgoing::State::pending: return postpone_.run();
        case Outgoing::State::queued: return queued_.run();
        case Outgoing::State::delivered: return delivered_.run();
        case Outgoing::State::failed: return failed_.run();
        case Outgoing::State::dropped: return drop_.run();
    }
}

std::int64_t OutboxWriter::retry(std::int64_t id, Seconds now) {
    id_ = id;
    time_ = same_time_ = now;
    retry_.run();
    return retry_.changed();
}

std::int64_t OutboxWriter::retry_all(const std::string& domain, Seconds now) {
    text_ = domain;
    any_domain_ = domain.empty() ? 1 : 0;
    time_ = same_time_ = now;
    retry_all_.run();
    return retry_all_.changed();
}

std::int64_t OutboxWriter::drop(std::int64_t id) {
    id_ = id;
    drop_.run();
    return drop_.changed();
}

std::int64_t OutboxWriter::drop_all(const std::string& domain) {
    text_ = domain;
    any_domain_ = domain.empty() ? 1 : 0;
    drop_all_.run();
    return drop_all_.changed();
}

void OutboxWriter::set_target(const Target& target) {
    target_ = {target, target.paused_until, target.disabled_at};
    set_target_.run();
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
    : due_(session, columns + std::string(due_sql) + oldest_sql),
      due_of_(session, columns + std::string(due_sql) + " AND o.owner = :owner" + oldest_sql),
      next_(session, "SELECT coalesce(min(next_at), -1) FROM outgoing WHERE state = 'pending'"),
      next_after_(session, "SELECT coalesce(min(next_at), -1) FROM outgoing WHERE state = 'pending' AND target = :target AND next_at > :after"),
      targets_due_(session, targets_sql),
      by_id_(session, columns + std::string(", o.mail FROM outgoing o WHERE o.id = :id")),
      by_queue_id_(session, select("WHERE o.queue_id = :queue_id AND o.queue_id <> '' ORDER BY o.id DESC LIMIT 1")),
      by_token_(session, select("WHERE o.token = :token ORDER BY o.id")),
      matching_(session, select(matching_sql)),
      depth_(session, "SELECT count(*) FROM outgoing WHERE state = 'pending' AND (:any_domain = 1 OR domain = :domain)"),
      dead_(session, "SELECT count(*) FROM outgoing WHERE state = 'failed' AND (:any_domain = 1 OR domain = :domain)"),
      targets_(session, "SELECT name, url, paused_until, disabled_at, reason FROM targets ORDER BY name"),
      load_(session, load_sql) {
    due_.in(key_, time_, limit_);
    due_of_.in(key_, time_, owner_, limit_);
    next_after_.in(key_, time_);
    by_id_.in(time_);
    by_queue_id_.in(key_);
    by_token_.in(key_);
    matching_.in(any_domain_, domain_, state_, state_, state_, limit_);
    for (auto* statement : {&due_, &due_of_, &by_id_, &by_queue_id_, &by_token_, &matching_}) bind_out(*statement, row_);
    for (auto* statement : {&due_, &due_of_}) statement->out(row_.outgoing.mail, row_.waits_until);
    by_id_.out(row_.outgoing.mail);
    next_.out(time_);
    next_after_.out(count_);
    targets_due_.out(key_, time_);
    for (auto* statement : {&depth_, &dead_}) statement->in(any_domain_, key_).out(count_);
    load_.out(key_, count_, dead_count_, time_);
    targets_.out(target_.target.name, target_.target.url, target_.paused_until, target_.disabled_at, target_.target.reason);
}

std::vector<Outgoing> OutboxReader::read(Statement& statement) {
    row_.outgoing.mail.clear();
    row_.waits_until = -1;
    std::vector<Outgoing> rows;
    statement.each([&] { rows.push_back(outgoing_of_row(row_)); });
    return rows;
}

std::vector<Outgoing> OutboxReader::due(const std::string& target, Seconds now, int limit) {
    key_ = target;
    time_ = now;
    limit_ = limit;
    return read(due_);
}

std::vector<Outgoing> OutboxReader::due_of(const std::string& owner, const std::string& target, Seconds now, int limit) {
    key_ = target;
    owner_ = owner;
    time_ = now;
    limit_ = limit;
    return read(due_of_);
}

std::optional<Seconds> OutboxReader::next_due() {
    next_.run();
    if (time_ < 0) return std::nullopt;
    return time_;
}

std::optional<Seconds> OutboxReader::next_due_after(const std::string& target, Seconds after) {
    key_ = target;
    time_ = after;
    next_after_.run();
    if (count_ < 0) return std::nullopt;
    return count_;
}

std::vector<std::pair<std::string, Seconds>> OutboxReader::targets_due() {
    std::vector<std::pair<std::string, Seconds>> out;
    targets_due_.each([&] { out.emplace_back(key_, time_); });
    return out;
}

std::optional<Outgoing> OutboxReader::find(std::int64_t id) {
    time_ = id;
    auto rows = read(by_id_);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
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

std::vector<Outgoing> OutboxReader::matching(const Store::OutboxQuery& query) {
    domain_ = query.domain.value_or("");
    any_domain_ = query.domain ? 0 : 1;
    state_ = query.state;
    limit_ = query.limit;
    return read(matching_);
}

std::int64_t OutboxReader::depth(const std::string& domain) {
    key_ = domain;
    any_domain_ = domain.empty() ? 1 : 0;
    depth_.run();
    return count_;
}

std::int64_t OutboxReader::dead(const std::string& domain) {
    key_ = domain;
    any_domain_ = domain.empty() ? 1 : 0;
    dead_.run();
    return count_;
}

std::vector<Target> OutboxReader::targets() {
    std::vector<Target> out;
    targets_.each([&] {
        auto& target = out.emplace_back(target_.target);
        target.paused_until = target_.paused_until;
        target.disabled_at = target_.disabled_at;
    });
    return out;
}

std::vector<TargetLoad> OutboxReader::load() {
    std::vector<TargetLoad> out;
    load_.each([&] { out.push_back({key_, count_, dead_count_, time_}); });
    return out;
}

}  // namespace crmrelay::store
