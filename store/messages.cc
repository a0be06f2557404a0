// SPDX-License-Identifier: BSD-2-Clause
//
// Writes and finds relayed messages. A token says when it was made, which is the hour that its row has: PostgreSQL looks into one day's table.
// SQLite's indexes for Message-ID and queue id begin with the hour (schema.cc says why), so those look-ups visit the hours that have messages, newest
// first: some hundred index probes for a month. PostgreSQL asks each day's table.
#include "store/messages.hh"

#include <limits>
#include <tuple>

#include "base/crypto.hh"
#include "store/packing.hh"

namespace crmrelay::store {

namespace {

// ARCHITECTURE.md, "The token": key id, then the time of issue, big endian.
constexpr std::size_t kTokenLength = 40, kIssuedAt = 1, kIssuedEnd = 5;

constexpr const char* insert_sql =
    "INSERT INTO messages (token, relayed_at, domain, queue_id, message_id, sender, envid, ret, from_address, login, client, size, recipients, headers,"
    " archive, hour, message_hash) VALUES (:token, :relayed_at, :domain, :queue_id, :message_id, :sender, :envid, :ret, :from_address, :login, :client, :size,"
    " :recipients, :headers, :archive, :hour, :message_hash)";

constexpr const char* columns =
    "m.token, m.relayed_at, m.domain, m.queue_id, m.message_id, m.sender, m.envid, m.ret, m.from_address, m.login, m.client, m.size, m.recipients, m.headers, m.archive";

// The hours that have messages, each found by one step down the index.
constexpr const char* hours =
    "WITH RECURSIVE hours (hour) AS (SELECT max(hour) FROM messages UNION ALL"
    " SELECT (SELECT max(older.hour) FROM messages older WHERE older.hour < hours.hour) FROM hours WHERE hours.hour IS NOT NULL) ";

std::string select(const std::string& from_where) { return std::string("SELECT ") + columns + " FROM " + from_where; }

constexpr std::pair every_hour{0LL, std::numeric_limits<long long>::max()};

// The hours in which a row of this token can be; all where it does not say.
std::pair<long long, long long> hours_of(std::string_view token) {
    const auto octets = token.size() == kTokenLength ? base::from_base32(token) : std::nullopt;
    if (!octets || octets->size() < kIssuedEnd) return every_hour;
    long long issued = 0;
    for (std::size_t i = kIssuedAt; i < kIssuedEnd; ++i) issued = issued << 8 | static_cast<unsigned char>((*octets)[i]);
    return {issued / 3600 - 1, issued / 3600 + 1};
}

long long hash_of(const std::string& message_id) {
    const auto digest = base::sha256(message_id);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest[i];
    return static_cast<long long>(hash);
}

void bind_out(Statement& statement, MessageRow& row) {
    auto& m = row.message;
    statement.out(m.token, row.relayed_at, m.domain, m.queue_id, m.message_id, m.sender, m.envid, m.ret, m.from, m.login, m.client, row.size, row.recipients,
                  row.headers, m.archive);
}

}  // namespace

MessageWriter::MessageWriter(Session& session) : partitions_(session), insert_(session, insert_sql) {
    auto& m = row_.message;
    insert_.in(m.token, row_.relayed_at, m.domain, m.queue_id, m.message_id, m.sender, m.envid, m.ret, m.from, m.login, m.client, row_.size, row_.recipients,
               row_.headers, m.archive, row_.hour, row_.hash);
}

void MessageWriter::insert(const Message& message) {
    // The texts are copied into the bound variables one by one, which reuse their memory; the lists are packed instead.
    auto& m = row_.message;
    m.token = message.token;
    m.domain = message.domain;
    m.queue_id = message.queue_id;
    m.message_id = message.message_id;
    m.sender = message.sender;
    m.envid = message.envid;
    m.ret = message.ret;
    m.from = message.from;
    m.login = message.login;
    m.client = message.client;
    m.archive = message.archive;
    row_.relayed_at = message.relayed_at;
    row_.size = static_cast<long long>(message.size);
    row_.hour = message.relayed_at / 3600;
    row_.hash = hash_of(message.message_id);
    pack_into(row_.recipients, message.recipients);
    pack_into(row_.headers, message.headers);
    partitions_.need(row_.hour);
    insert_.run();
}

MessageReader::MessageReader(Session& session)
    : by_days_(session.postgres()),
      by_token_(session, select("messages m WHERE m.token = :token AND m.hour BETWEEN :from AND :to")),
      by_message_id_(session, hours + select("hours JOIN messages m ON m.hour = hours.hour AND m.message_hash = :hash WHERE m.message_id = :message_id"
                                             " ORDER BY m.relayed_at DESC, m.id DESC LIMIT :limit"),
                     select("messages m WHERE m.message_hash = :hash AND m.message_id = :message_id ORDER BY m.relayed_at DESC, m.token DESC LIMIT :limit")),
      by_queue_id_(session, hours + select("hours JOIN messages m ON m.hour = hours.hour AND m.queue_id = :queue_id"
                                           " ORDER BY m.relayed_at DESC, m.id DESC LIMIT :limit"),
                   select("messages m WHERE m.queue_id = :queue_id ORDER BY m.relayed_at DESC, m.token DESC LIMIT :limit")),
      last_of_(session, select("tallies t JOIN messages m ON m.token = t.last_token AND m.hour BETWEEN t.day * 24 AND t.day * 24 + 23"
                               " WHERE t.domain = :domain AND t.last_token <> '' ORDER BY t.day DESC, m.relayed_at DESC LIMIT 1")),
      used_(session, "SELECT m.relayed_at / 60, m.login, count(*) FROM messages m WHERE m.hour >= :hour AND m.relayed_at >= :since AND m.domain = :domain GROUP BY 1, 2 ORDER BY 1, 2") {
    by_token_.in(key_, from_hour_, to_hour_);
    by_message_id_.in(hash_, key_, limit_);
    by_queue_id_.in(key_, limit_);
    last_of_.in(key_);
    used_.in(since_hour_, since_, key_).out(minute_, login_, count_);
    for (auto* statement : {&by_token_, &by_message_id_, &by_queue_id_, &last_of_}) bind_out(*statement, row_);
}

std::vector<Message> MessageReader::read(Statement& statement) {
    std::vector<Message> messages;
    statement.each([&] {
        auto& message = messages.emplace_back(row_.message);
        message.relayed_at = row_.relayed_at;
        message.size = static_cast<std::uint64_t>(row_.size);
        message.recipients = unpack_recipients(row_.recipients);
        message.headers = unpack_headers(row_.headers);
    });
    return messages;
}

std::optional<Message> MessageReader::find(const std::string& token) {
    key_ = token;
    std::tie(from_hour_, to_hour_) = by_days_ ? hours_of(token) : every_hour;   // SQLite's index needs no more than the token
    auto messages = read(by_token_);
    if (messages.empty()) return std::nullopt;
    return std::move(messages.front());
}

std::vector<Message> MessageReader::by_message_id(const std::string& message_id, int limit) {
    hash_ = hash_of(message_id);
    key_ = message_id;
    limit_ = limit;
    return read(by_message_id_);
}

std::vector<Message> MessageReader::by_queue_id(const std::string& queue_id, int limit) {
    key_ = queue_id;
    limit_ = limit;
    return read(by_queue_id_);
}

std::optional<Message> MessageReader::last_of(const std::string& domain) {
    key_ = domain;
    auto messages = read(last_of_);
    if (messages.empty()) return std::nullopt;
    return std::move(messages.front());
}

std::vector<Used> MessageReader::used_since(const std::string& domain, Seconds since) {
    since_ = since;
    since_hour_ = since / 3600;
    key_ = domain;
    std::vector<Used> out;
    used_.each([&] { out.push_back({minute_ * 60, login_, count_}); });
    return out;
}

}  // namespace crmrelay::store
