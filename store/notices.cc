// SPDX-License-Identifier: BSD-2-Clause
//
// A held notice is three texts of the packed column. The row is locked by its first write of a transaction, so that two servers count one after the other.
#include "store/notices.hh"

#include <charconv>

#include "store/packing.hh"

namespace crmrelay::store {

namespace {

constexpr std::size_t texts_each = 3;
constexpr std::size_t headline_cap = 400;   // octets; it is shortened before it comes here

std::vector<HeldNotices::One> unpacked(std::string_view packed) {
    auto texts = unpack_texts(packed);
    std::vector<HeldNotices::One> out;
    for (std::size_t i = 0; i + texts_each <= texts.size(); i += texts_each) {
        HeldNotices::One one{0, std::move(texts[i + 1]), std::move(texts[i + 2])};
        std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), one.at);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

NoticeWriter::NoticeWriter(Session& session)
    : begin_(session, "INSERT INTO notices (domain, cause, day, beyond, first_few) VALUES (:domain, :cause, :day, 0, '') ON CONFLICT (domain, day, cause) DO NOTHING"),
      count_(session, "UPDATE notices SET beyond = beyond + 1 WHERE domain = :domain AND cause = :cause AND day = :day"),
      read_(session, "SELECT first_few FROM notices WHERE domain = :domain AND cause = :cause AND day = :day"),
      keep_(session, "UPDATE notices SET first_few = :few WHERE domain = :domain AND cause = :cause AND day = :day"),
      move_on_(session, "UPDATE told_once SET period = :period WHERE name = :name AND period < :same_period"),
      first_period_(session, "INSERT INTO told_once (name, period) VALUES (:name, :period) ON CONFLICT (name) DO NOTHING") {
    for (auto* statement : {&begin_, &count_, &read_}) statement->in(domain_, cause_, day_);
    read_.out(few_);
    keep_.in(few_, domain_, cause_, day_);
    move_on_.in(period_, name_, same_period_);
    first_period_.in(name_, period_);
}

bool NoticeWriter::tell(const Outgoing& notice) {
    domain_ = notice.domain;
    cause_ = notice.cause;
    day_ = notice.day;
    begin_.run();
    if (begin_.changed() > 0) return true;
    count_.run();
    few_.clear();
    read_.run();
    if (unpack_texts(few_).size() >= HeldNotices::kept * texts_each) return false;
    const std::string_view headline = notice.headline;
    for (const auto& text : {std::to_string(notice.created_at), notice.event_ids.empty() ? std::string() : notice.event_ids.front(), std::string(headline.substr(0, headline_cap))}) pack_text(few_, text);
    keep_.run();
    return false;
}

bool NoticeWriter::claim(const Once& once) {
    name_ = once.name;
    period_ = same_period_ = once.period;
    move_on_.run();
    if (move_on_.changed() > 0) return true;
    first_period_.run();
    return first_period_.changed() > 0;
}

NoticeReader::NoticeReader(Session& session)
    : held_(session, "SELECT cause, day, beyond, first_few FROM notices WHERE domain = :domain AND day >= :from_day AND day < :before_day AND beyond > 0 ORDER BY day, cause"),
      period_of_(session, "SELECT period FROM told_once WHERE name = :name") {
    held_.in(domain_, from_day_, before_day_).out(cause_, day_, beyond_, few_);
    period_of_.in(name_).out(period_);
}

std::vector<HeldNotices> NoticeReader::held(const std::string& domain, std::int64_t from_day, std::int64_t before_day) {
    domain_ = domain;
    from_day_ = from_day;
    before_day_ = before_day;
    std::vector<HeldNotices> out;
    held_.each([&] { out.push_back({cause_, day_, beyond_, unpacked(few_)}); });
    return out;
}

std::int64_t NoticeReader::last_period(const std::string& name) {
    name_ = name;
    std::int64_t found = -1;
    period_of_.each([&] { found = period_; });
    return found;
}

}  // namespace crmrelay::store
