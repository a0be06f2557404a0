// SPDX-License-Identifier: BSD-2-Clause
//
// What came beyond each day's first notice of a cause: how many, and the first few by their headlines.
#include <algorithm>
#include <cstdint>

#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

constexpr std::size_t kCausesMost = 100;   // listed in one mail

}  // namespace

NoticeText held_text(const Wording& w, const std::string& domain, const std::vector<store::HeldNotices>& held, const std::function<std::string(const std::string& event_id)>& headline_of) {
    const auto& tr = w.tr;
    std::int64_t all = 0;
    for (const auto& cause : held) all += cause.count;
    const auto say = [&](const std::string& text, std::int64_t count, const std::string& cause) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("count", count), fmt::arg("cause", cause));
    };
    NoticeText out;
    out.subject = say(tr.plural("{domain}: one further notice", "{domain}: {count} further notices", all), all, "");
    out.paragraphs.push_back(tr("Each cause is told once a day. What came beyond that was counted, and is told here:"));
    for (std::size_t i = 0; i < std::min(held.size(), kCausesMost); ++i) {
        const auto& cause = held[i];
        auto text = fmt::format("{}: {}", w.date(static_cast<base::Day>(cause.day)), say(tr.plural("one more of the cause {cause}", "{count} more of the cause {cause}", cause.count), cause.count, cause.cause));
        for (const auto& one : cause.first) text += fmt::format("\n  {}  {}", w.time(one.at), one.headline.empty() ? headline_of(one.event_id) : one.headline);
        out.paragraphs.push_back(std::move(text));
    }
    out.paragraphs.push_back(tr("Where more came than are listed, the log and `crmrelayctl bounces` have all of them."));
    return out;
}

}  // namespace crmrelay::report
