// SPDX-License-Identifier: BSD-2-Clause
//
// Figures first, then lists of the ten greatest. Reasons are crmrelay's words, as they stand in events and in the log.
#include "report/digest_text.hh"

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::report {

namespace {

constexpr std::size_t kSuspensionsListed = 20;
constexpr std::size_t kNameCap = 256;

void count(std::map<std::string, std::int64_t>& into, std::string key) {
    if (into.size() >= kDigestKeysMost && !into.contains(key)) key.clear();   // all others
    ++into[std::move(key)];
}

// A line each, the greatest first.
std::string listed(const Wording& w, const std::string& title, const std::map<std::string, std::int64_t>& amounts) {
    std::vector<std::pair<std::string, std::int64_t>> rows(amounts.begin(), amounts.end());
    std::ranges::stable_sort(rows, [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string out = title;
    std::int64_t rest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i >= kDigestListed || rows[i].first.empty()) rest += rows[i].second;
        else out += fmt::format("\n  {:>6}  {}", rows[i].second, base::neuter(rows[i].first, kNameCap));
    }
    if (rest > 0) out += fmt::format("\n  {:>6}  {}", rest, w.tr("(others)"));
    return out;
}

std::string suspensions_of(const Wording& w, const DigestFigures& figures) {
    std::string out = w.tr("Suspensions:");
    for (std::size_t i = 0; i < std::min(figures.suspensions.size(), kSuspensionsListed); ++i) {
        const auto& each = figures.suspensions[i];
        out += fmt::format("\n  {}  {}", w.time(each.at), each.ended ? w.tr("resumed") : filled(w.tr("suspended: {why}"), fmt::arg("why", each.why)));
    }
    return out;
}

std::string outbox_of(const Wording& w, const DigestFigures& figures) {
    const auto& tr = w.tr;
    auto out = filled(tr("Outbox now: {waiting} waiting, {dead} dead letters."), fmt::arg("waiting", figures.waiting), fmt::arg("dead", figures.dead));
    if (figures.waiting > 0) out += " " + filled(tr("The oldest waits since {since}."), fmt::arg("since", w.time(figures.oldest)));
    if (figures.dead > 0) out += " " + tr("`crmrelayctl outbox list` shows them.");
    return out;
}

}  // namespace

void DigestFigures::bounce(std::string_view recipient, std::string_view reason) {
    ++bounced;
    count(bounced_by, std::string(reason));
    const auto at = recipient.rfind('@');
    count(bounced_at, at == std::string_view::npos ? std::string(recipient) : base::lower(recipient.substr(at + 1)));
    count(bounced_to, std::string(recipient));
}

NoticeText digest_text(const Wording& w, const std::string& domain, const DigestFigures& figures) {
    const auto& tr = w.tr;
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("first", w.date(figures.first)), fmt::arg("last", w.date(figures.last)), fmt::arg("zone", w.zone.name()),
                      fmt::arg("relayed", figures.relayed), fmt::arg("refused", figures.refused), fmt::arg("observed", figures.observed), fmt::arg("bounced", figures.bounced),
                      fmt::arg("delayed", figures.delayed), fmt::arg("complaints", figures.complaints), fmt::arg("autoreplies", figures.autoreplies));
    };
    NoticeText out;
    out.subject = say(figures.weekly ? tr("{domain}: the week from {first} to {last}") : tr("{domain}: the day {first}"));
    const auto period = say(figures.weekly ? tr("{domain}, from {first} to {last} ({zone}):") : tr("{domain}, {first} ({zone}):"));
    if (figures.nothing()) {
        out.paragraphs = {period + " " + tr("nothing was relayed, refused or bounced, and nothing waits in the outbox.")};
        return out;
    }
    auto sums = period + "\n" + say(tr("  Relayed:       {relayed}\n  Refused:       {refused}\n  Bounced:       {bounced}\n  Delayed:       {delayed}\n  Complaints:    {complaints}\n  Auto-replies:  {autoreplies}"));
    if (figures.observed > 0) sums += "\n" + say(tr("  Would have been refused (observe mode): {observed}"));
    out.paragraphs.push_back(std::move(sums));
    if (!figures.refused_by.empty()) out.paragraphs.push_back(listed(w, tr("Refused, by reason:"), figures.refused_by));
    if (!figures.bounced_by.empty()) {
        out.paragraphs.push_back(listed(w, tr("Bounced, by reason:"), figures.bounced_by));
        out.paragraphs.push_back(listed(w, tr("Bounced, by destination domain:"), figures.bounced_at));
        out.paragraphs.push_back(listed(w, tr("Recipients with the most bounces:"), figures.bounced_to));
    }
    if (!figures.suspensions.empty()) out.paragraphs.push_back(suspensions_of(w, figures));
    out.paragraphs.push_back(outbox_of(w, figures));
    return out;
}

}  // namespace crmrelay::report
