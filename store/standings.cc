// SPDX-License-Identifier: BSD-2-Clause
//
// Reads and writes standings. A failure is six texts of the packed column.
#include "store/standings.hh"

#include <charconv>
#include <stdexcept>
#include <utility>

#include "store/packing.hh"

namespace crmrelay::store {

namespace {

constexpr const char* select_sql =
    "SELECT domain, day, today, in_a_row, failures, warned_on, told_on, password_on, suspended_at, until_at, why, by_hand FROM standings";

constexpr const char* write_sql =
    "INSERT INTO standings (domain, day, today, in_a_row, failures, warned_on, told_on, password_on, suspended_at, until_at, why, by_hand)"
    " VALUES (:domain, :day, :today, :in_a_row, :failures, :warned_on, :told_on, :password_on, :suspended_at, :until_at, :why, :by_hand)"
    " ON CONFLICT (domain) DO UPDATE SET day = excluded.day, today = excluded.today, in_a_row = excluded.in_a_row, failures = excluded.failures,"
    " warned_on = excluded.warned_on, told_on = excluded.told_on, password_on = excluded.password_on, suspended_at = excluded.suspended_at,"
    " until_at = excluded.until_at, why = excluded.why, by_hand = excluded.by_hand";

// In the order of the columns.
template <typename Row, typename Bind>
void bind(Row& row, Bind&& bind) {
    auto& s = row.standing;
    bind(s.domain, row.day, s.today, s.in_a_row, row.failures, row.warned_on, row.told_on, row.password_on, row.suspended_at, row.until, s.why, row.by_hand);
}

std::string packed(const std::vector<Failure>& failures) {
    std::string out;
    for (const auto& failure : failures)
        for (const auto& text : {std::to_string(failure.time), failure.reason, failure.text, failure.client, failure.login, failure.queue_id}) pack_text(out, text);
    return out;
}

std::vector<Failure> unpacked(std::string_view packed) {
    auto texts = unpack_texts(packed);
    std::vector<Failure> out;
    for (std::size_t i = 0; i + 6 <= texts.size(); i += 6) {
        Failure failure{0, std::move(texts[i + 1]), std::move(texts[i + 2]), std::move(texts[i + 3]), std::move(texts[i + 4]), std::move(texts[i + 5])};
        std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), failure.time);
        out.push_back(std::move(failure));
    }
    return out;
}

}  // namespace

StandingReader::StandingReader(Session& session, bool to_change)
    : one_(session, std::string(select_sql) + " WHERE domain = :domain", std::string(select_sql) + " WHERE domain = :domain" + (to_change ? " FOR UPDATE" : "")),
      all_(session, std::string(select_sql) + " ORDER BY domain") {
    one_.in(domain_);
    for (auto* statement : {&one_, &all_}) bind(row_, [&](auto&... columns) { statement->out(columns...); });
}

Standing StandingReader::take() const {
    Standing out = row_.standing;
    out.day = row_.day;
    out.failures = unpacked(row_.failures);
    out.warned_on = row_.warned_on;
    out.told_on = row_.told_on;
    out.password_on = row_.password_on;
    out.suspended_at = row_.suspended_at;
    out.until = row_.until;
    out.by_hand = row_.by_hand != 0;
    return out;
}

Standing StandingReader::of(const std::string& domain) {
    domain_ = domain;
    Standing out;
    out.domain = domain;
    one_.each([&] { out = take(); });
    return out;
}

std::vector<Standing> StandingReader::all() {
    std::vector<Standing> out;
    all_.each([&] { out.push_back(take()); });
    return out;
}

StandingWriter::StandingWriter(Session& session)
    : reader_(session, true),
      // A row to lock must be there. SQLite's transaction has locked all.
      begin_(session, "", "INSERT INTO standings (domain, day, today, in_a_row, failures, warned_on, told_on, password_on, suspended_at, until_at, why, by_hand)"
                          " VALUES (:domain, -1, 0, 0, '', -1, -1, -1, 0, 0, '', 0) ON CONFLICT (domain) DO NOTHING"),
      undo_(session, "DELETE FROM standings WHERE domain = :domain"),
      locks_rows_(session.postgres()),
      write_(session, write_sql),
      relayed_(session, "UPDATE standings SET in_a_row = 0, failures = '' WHERE domain = :domain AND in_a_row > 0") {
    bind(row_, [&](auto&... columns) { write_.in(columns...); });
    begin_.in(domain_);
    undo_.in(domain_);
    relayed_.in(domain_);
}

Standing StandingWriter::of(const std::string& domain) {
    settle();
    domain_ = domain;
    if (locks_rows_) {
        begin_.run();
        made_ = begin_.changed() > 0;
    }
    return reader_.of(domain);
}

void StandingWriter::leave(const std::string& domain) {
    domain_ = domain;
    if (std::exchange(made_, false)) undo_.run();
}

void StandingWriter::write(const Standing& standing) {
    row_.standing = standing;
    row_.day = standing.day;
    row_.failures = packed(standing.failures);
    row_.warned_on = standing.warned_on;
    row_.told_on = standing.told_on;
    row_.password_on = standing.password_on;
    row_.suspended_at = standing.suspended_at;
    row_.until = standing.until;
    row_.by_hand = standing.by_hand ? 1 : 0;
    write_.run();
}

void StandingWriter::settle() {
    for (const auto& domain : relayed_domains_) {
        domain_ = domain;
        relayed_.run();
    }
    relayed_domains_.clear();
}

}  // namespace crmrelay::store
