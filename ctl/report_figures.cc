// SPDX-License-Identifier: BSD-2-Clause
//
// Rows of the store become periods of days, series and shares. Names that came from outside are neutered here.
#include "ctl/report_figures.hh"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

using base::Seconds;
using Json = nlohmann::json;

constexpr int kPeriodsMost = 92;              // a bar each; beyond, a bar is a week, four weeks, a year
constexpr base::Day kSteps[] = {1, 7, 28, 364};
constexpr std::size_t kSharesMost = 12, kRecipientsMost = 20, kSeriesMost = 6, kSuspensionsMost = 10;
constexpr std::size_t kNamesMost = 50'000;    // destinations that are counted each by themselves, those with the most bounces
constexpr std::size_t kReasonsMost = 64;      // in memory; reasons come from short lists
constexpr std::size_t kNameCap = 64, kDomainCap = 253, kAddressCap = 320, kWhyCap = 300;
constexpr std::string_view kClasses[] = {"hard", "soft", "policy", "other"};

class Periods {
public:
    Periods(const base::TimeZone& zone, Seconds since, Seconds until) : zone_(zone), first_(zone.day_of(since)), days_(zone.day_of(until) - first_ + 1), until_(until) {
        for (const auto step : kSteps) {
            step_ = step;
            if (size() <= kPeriodsMost) break;
        }
    }

    int days() const { return days_; }
    int size() const { return (days_ + step_ - 1) / step_; }
    // Events come nearly in order: the zone is asked once a quarter of an hour. -1: outside.
    int of(Seconds time) {
        if (time > until_) return -1;
        const auto quarter = time / store::kQuarter;
        if (quarter != quarter_) {
            quarter_ = quarter;
            last_ = static_cast<int>((zone_.day_of(time) - first_) / step_);
        }
        return last_ < size() ? last_ : -1;
    }
    std::vector<Figures::Period> list() const {
        const auto date = [this](base::Day day) { return zone_.rfc3339(zone_.begin_of(day)).substr(0, 10); };
        std::vector<Figures::Period> out;
        for (int day = 0; day < days_; day += step_) out.push_back({date(first_ + day), date(first_ + std::min(day + step_, days_) - 1)});
        return out;
    }

private:
    const base::TimeZone& zone_;
    const base::Day first_;
    const int days_;
    const Seconds until_;
    int step_ = 1, last_ = 0;
    Seconds quarter_ = -1;
};

// Series by name, each as long as there are periods.
class SeriesMap {
public:
    explicit SeriesMap(int periods) : periods_(static_cast<std::size_t>(periods)) {}

    Figures::Series& of(std::string_view given) {
        auto name = base::neuter(given, kNameCap);
        if (series_.size() >= kReasonsMost && !series_.contains(name)) name = kOthers;
        auto& series = series_[std::move(name)];
        if (series.amounts.empty()) series.amounts.resize(periods_);
        return series;
    }
    void count(std::string_view name, int period, std::int64_t amount = 1) {
        auto& series = of(name);
        series.total += amount;
        series.amounts[static_cast<std::size_t>(period)] += amount;
    }
    Figures::Series take(std::string_view name) {
        auto series = std::move(of(name));
        series.name = name;
        return series;
    }
    // The largest ones, and what the rest makes together.
    std::vector<Figures::Series> largest() {
        std::vector<Figures::Series> out;
        for (auto& [name, series] : series_) {
            series.name = name;
            out.push_back(std::move(series));
        }
        std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return std::pair(a.name == kOthers, -a.total) < std::pair(b.name == kOthers, -b.total); });
        if (out.size() <= kSeriesMost + 1) return out;
        Figures::Series rest{std::string(kOthers), 0, std::vector<std::int64_t>(periods_)};
        for (auto at = out.begin() + kSeriesMost; at != out.end(); ++at) {
            rest.total += at->total;
            for (std::size_t i = 0; i < periods_; ++i) rest.amounts[i] += at->amounts[i];
        }
        out.resize(kSeriesMost);
        out.push_back(std::move(rest));
        return out;
    }

private:
    const std::size_t periods_;
    std::map<std::string, Figures::Series> series_;
};

std::vector<Figures::Share> largest(const std::map<std::string, std::int64_t>& counts) {
    std::vector<Figures::Share> out;
    for (const auto& [name, count] : counts) out.push_back({name, count});
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return std::pair(a.name == kOthers, -a.count) < std::pair(b.name == kOthers, -b.count); });
    if (out.size() <= kSharesMost) return out;
    std::int64_t rest = 0;
    for (auto at = out.begin() + kSharesMost - 1; at != out.end(); ++at) rest += at->count;
    out.resize(kSharesMost - 1);
    out.push_back({std::string(kOthers), rest});
    return out;
}

void add(std::map<std::string, std::int64_t>& counts, std::string name, std::int64_t count, std::size_t most) {
    if (counts.size() >= most && !counts.contains(name)) name = kOthers;
    counts[std::move(name)] += count;
}

std::string member(const Json& document, const char* part, const char* name) {
    const auto found = document.find(part);
    if (found == document.end() || !found->is_object()) return {};
    const auto value = found->find(name);
    return value != found->end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::string local(const base::TimeZone& zone, const std::string& utc) {
    const auto time = base::from_rfc3339(utc);
    return time ? zone.rfc3339(*time) : std::string();
}

struct Gathering {
    Figures& out;
    const base::TimeZone& zone;
    Periods periods;
    SeriesMap activity{periods.size()}, bounces{periods.size()}, refusals{periods.size()}, strikes{periods.size()};
    std::map<std::string, std::int64_t> reasons{};

    void take(const store::Activity& activity_of) {
        const auto period = periods.of(activity_of.at);
        if (period < 0) return;
        activity.count(activity_of.kind, period, activity_of.amount);
        if (activity_of.kind == "refused") refusals.count(activity_of.reason, period, activity_of.amount);
    }

    void take(const store::Event& event) {
        const auto period = periods.of(event.time);
        if (period < 0) return;
        auto& totals = out.totals;
        if (event.type == "bounce") bounced(event, period);
        else if (event.type == "delay") ++totals.delayed;
        else if (event.type == "complaint") ++totals.complaints;
        else if (event.type == "autoreply") ++totals.autoreplies;
        else if (event.type == "strike") strikes.count("strikes", period);
        else if (event.type == "suspended") suspended(event, period);
    }

    void bounced(const store::Event& event, int period) {
        const auto document = Json::parse(event.document, nullptr, false);
        auto verdict = member(document, "failure", "class"), reason = member(document, "failure", "reason");
        if (std::ranges::find(kClasses, verdict) == std::end(kClasses)) verdict = "other";
        bounces.count(verdict, period);
        add(reasons, reason.empty() ? "undefined" : base::neuter(reason, kNameCap), 1, kReasonsMost);
        ++out.totals.bounced;
    }

    void suspended(const store::Event& event, int period) {
        strikes.count("suspensions", period);
        const auto document = Json::parse(event.document, nullptr, false);
        Figures::Suspension one{zone.rfc3339(event.time), local(zone, member(document, "suspension", "until")), base::neuter(event.diagnostic, kWhyCap), event.action == "administrator"};
        out.suspensions.insert(out.suspensions.begin(), std::move(one));
        if (out.suspensions.size() > kSuspensionsMost) out.suspensions.pop_back();
    }
};

void read_recipients(store::Store& store, const std::string& domain, Seconds since, const base::TimeZone& zone, Figures& out) {
    std::map<std::string, std::int64_t> destinations;
    store.each_bounced_recipient(domain, since, [&](const store::BouncedRecipient& recipient) {
        const auto at = recipient.address.rfind('@');
        add(destinations, at == std::string::npos ? "?" : base::neuter(base::lower(recipient.address.substr(at + 1)), kDomainCap), recipient.count, kNamesMost);
        if (out.recipients.size() < kRecipientsMost) out.recipients.push_back({base::neuter(recipient.address, kAddressCap), zone.rfc3339(recipient.last), recipient.count});
    });
    out.destinations = largest(destinations);
}

void read_outbox(store::Store& store, const conf::Domain& domain, Seconds since, Seconds now, Figures& out) {
    for (const auto& count : store.outbox_counts(domain.name, since)) {
        out.outbox.push_back({count.kind, count.state, domain.timezone.rfc3339(count.oldest), count.count});
        if (count.state == "pending") out.totals.waiting += count.count;
        if (count.state == "failed") out.totals.dead_letters += count.count;
    }
    if (!domain.webhook) return;
    for (const auto& target : store.targets())
        if (target.name == store::webhook_target(domain.name) && target.url == domain.webhook->url && (target.disabled_at != 0 || target.paused_until > now))
            out.webhook_trouble = base::neuter(target.reason, kWhyCap);
}

Json json_of(const Figures::Series& series) { return {{"name", series.name}, {"total", series.total}, {"amounts", series.amounts}}; }

}  // namespace

Figures figures_of(store::Store& store, const conf::Domain& domain, int retain_days, Seconds since, Seconds now) {
    const auto& zone = domain.timezone;
    Figures out;
    Gathering gathering{out, zone, Periods(zone, since, now)};
    out.domain = domain.name;
    out.timezone = zone.name();
    out.since = zone.rfc3339(since);
    out.until = zone.rfc3339(now);
    out.days = gathering.periods.days();
    out.kept_days = retain_days;
    out.periods = gathering.periods.list();
    store.each_activity(domain.name, since, [&](const store::Activity& activity) { gathering.take(activity); });
    store.each_event(domain.name, since, [&](const store::Event& event) { gathering.take(event); });
    read_recipients(store, domain.name, since, zone, out);
    read_outbox(store, domain, since, now, out);

    out.relayed = gathering.activity.take("relayed");
    for (const auto name : kClasses) out.bounces.push_back(gathering.bounces.take(name));
    out.reasons = largest(gathering.reasons);
    out.refusals = gathering.refusals.largest();
    for (const auto* name : {"strikes", "suspensions"}) out.strikes.push_back(gathering.strikes.take(name));
    out.totals.relayed = out.relayed.total;
    out.totals.refused = gathering.activity.take("refused").total;
    out.totals.observed = gathering.activity.take("observed").total;
    out.totals.strikes = out.strikes[0].total;
    out.totals.suspensions = out.strikes[1].total;
    return out;
}

std::string json_of(const Figures& figures) {
    using Ordered = nlohmann::ordered_json;
    const auto& t = figures.totals;
    Ordered out{{"domain", figures.domain}, {"timezone", figures.timezone}, {"since", figures.since}, {"until", figures.until}, {"days", figures.days}, {"kept_days", figures.kept_days}};
    out["totals"] = {{"relayed", t.relayed}, {"refused", t.refused}, {"observed", t.observed}, {"bounced", t.bounced}, {"delayed", t.delayed}, {"complaints", t.complaints},
                     {"autoreplies", t.autoreplies}, {"strikes", t.strikes}, {"suspensions", t.suspensions}, {"waiting", t.waiting}, {"dead_letters", t.dead_letters}};
    const auto list = [&](const char* name, const auto& items, auto&& make) {
        auto& into = out[name] = Ordered::array();
        for (const auto& item : items) into.push_back(make(item));
    };
    const auto series = [](const Figures::Series& s) { return Ordered(json_of(s)); };
    const auto share = [](const Figures::Share& s) { return Ordered{{"name", s.name}, {"count", s.count}}; };
    list("periods", figures.periods, [](const auto& p) { return Ordered{{"from", p.from}, {"to", p.to}}; });
    out["relayed"] = series(figures.relayed);
    list("bounces_by_class", figures.bounces, series);
    list("bounces_by_reason", figures.reasons, share);
    list("bounces_by_destination", figures.destinations, share);
    list("worst_recipients", figures.recipients, [](const auto& r) { return Ordered{{"address", r.address}, {"bounces", r.bounces}, {"last", r.last}}; });
    list("refusals_by_reason", figures.refusals, series);
    list("strikes", figures.strikes, series);
    list("suspensions", figures.suspensions, [](const auto& s) {
        return Ordered{{"since", s.since}, {"until", s.until.empty() ? Ordered() : Ordered(s.until)}, {"why", s.why}, {"by", s.by_hand ? "administrator" : "strikes"}};
    });
    list("outbox", figures.outbox, [](const auto& w) { return Ordered{{"kind", w.kind}, {"state", w.state}, {"reports", w.reports}, {"oldest", w.oldest}}; });
    out["webhook_trouble"] = figures.webhook_trouble.empty() ? Ordered() : Ordered(figures.webhook_trouble);
    return out.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace crmrelay::ctl
