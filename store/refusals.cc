// SPDX-License-Identifier: BSD-2-Clause
//
// Writes and trims the lists. Two servers trim what both have written: each list has kRefusalsKept rows after every write.
#include "store/refusals.hh"

#include "base/text.hh"

namespace crmrelay::store {

namespace {

constexpr const char* columns = "domain, proved, reason, happened_at, observed, text, client, login, tls, from_address, queue_id, instance, why";

// In the order of the columns.
template <typename Bind>
void bind(RefusalRow& row, Bind&& bind) {
    auto& r = row.refusal;
    bind(r.domain, row.proved, r.reason, row.happened_at, row.observed, r.text, r.client, r.login, r.tls, r.from, r.queue_id, r.instance, r.why);
}

void neuter(Refusal& refusal) {
    for (auto* text : {&refusal.domain, &refusal.text, &refusal.client, &refusal.login, &refusal.tls, &refusal.from, &refusal.queue_id, &refusal.instance, &refusal.why})
        *text = base::neuter(*text, kRefusalTextCap);
}

}  // namespace

void RefusalList::add(Refusal refusal) {
    const std::pair key{refusal.domain, refusal.proved};
    if (lists_.size() >= kLists && !lists_.contains(key)) return;
    auto& list = lists_[key];
    neuter(refusal);
    list.push_back(std::move(refusal));
    if (list.size() > kAtOnce) list.pop_front();
}

void RefusalList::add(const RefusalList& newer) {
    for (const auto& [key, list] : newer.lists_)
        for (const auto& refusal : list) add(refusal);
}

RefusalWriter::RefusalWriter(Session& session)
    : insert_(session, std::string("INSERT INTO recent_refusals (") + columns +
                           ") VALUES (:domain, :proved, :reason, :happened_at, :observed, :text, :client, :login, :tls, :from_address, :queue_id, :instance, :why)"),
      trim_(session, "DELETE FROM recent_refusals WHERE domain = :domain AND proved = :proved AND id NOT IN"
                     " (SELECT r.id FROM recent_refusals r WHERE r.domain = :of_domain AND r.proved = :of_proved ORDER BY r.id DESC LIMIT " +
                         std::to_string(kRefusalsKept) + ")") {
    bind(row_, [&](auto&... values) { insert_.in(values...); });
    trim_.in(domain_, proved_, of_domain_, of_proved_);
}

void RefusalWriter::write(const RefusalList& list) {
    for (const auto& [key, refusals] : list.lists_) {
        for (const auto& refusal : refusals) {
            row_.refusal = refusal;
            row_.happened_at = refusal.time;
            row_.observed = refusal.observed ? 1 : 0;
            row_.proved = refusal.proved ? 1 : 0;
            insert_.run();
        }
        domain_ = of_domain_ = key.first;
        proved_ = of_proved_ = key.second ? 1 : 0;
        trim_.run();
    }
}

RefusalReader::RefusalReader(Session& session)
    : of_(session, std::string("SELECT ") + columns + " FROM recent_refusals WHERE queue_id = :id OR instance = :instance ORDER BY id DESC LIMIT :most"),
      latest_(session, std::string("SELECT ") + columns + " FROM recent_refusals WHERE domain = :domain ORDER BY id DESC LIMIT :most") {
    of_.in(id_, instance_, limit_);
    latest_.in(domain_, limit_);
    for (auto* statement : {&of_, &latest_}) bind(row_, [&](auto&... values) { statement->out(values...); });
}

std::vector<Refusal> RefusalReader::read(Statement& statement) {
    std::vector<Refusal> out;
    statement.each([&] {
        auto& refusal = out.emplace_back(row_.refusal);
        refusal.time = row_.happened_at;
        refusal.observed = row_.observed != 0;
        refusal.proved = row_.proved != 0;
    });
    return out;
}

std::vector<Refusal> RefusalReader::of(const std::string& id) {
    if (id.empty()) return {};
    id_ = instance_ = id;
    limit_ = static_cast<int>(2 * kRefusalsKept);
    return read(of_);
}

std::vector<Refusal> RefusalReader::latest(const std::string& domain, int limit) {
    domain_ = domain;
    limit_ = limit;
    return read(latest_);
}

}  // namespace crmrelay::store
