// SPDX-License-Identifier: BSD-2-Clause
//
// A period is named by the day that it begins on, in the domain's time zone. What the store has told for a period is asked first, so that a round costs two
// small reads a domain.
#include "report/digests.hh"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

#include "report/digest_text.hh"
#include "report/log.hh"
#include "report/notice.hh"
#include "report/notice_texts.hh"
#include "report/outgoing.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kLookEvery{5};
constexpr base::Seconds kSettle = 60;        // after midnight: what another server counts for the day before is written by then
constexpr base::Day kRestMost = 30;          // days that one mail looks back
constexpr std::int64_t kEventsMost = 500'000;   // of one period that are read

// Weeks begin on Monday; 1970-01-01 was a Thursday.
base::Day begin_of_week(base::Day day) { return day - (day + 3) % 7; }

std::string reason_of(const store::Event& event) {
    const auto document = Json::parse(event.document, nullptr, false);
    const auto failure = document.is_object() ? document.find("failure") : document.end();
    if (failure == document.end() || !failure->is_object()) return "undefined";
    const auto reason = failure->find("reason");
    return reason != failure->end() && reason->is_string() ? reason->get<std::string>() : "undefined";
}

void add_event(const store::Event& event, DigestFigures& into) {
    if (event.type == "bounce" && event.action == "failed") into.bounce(event.recipient, reason_of(event));
    else if (event.type == "delay") ++into.delayed;
    else if (event.type == "complaint") ++into.complaints;
    else if (event.type == "autoreply") ++into.autoreplies;
    else if (event.type == "suspended") into.suspensions.push_back({event.time, false, event.diagnostic});
    else if (event.type == "resumed") into.suspensions.push_back({event.time, true, event.diagnostic});
}

}  // namespace

void Digests::start() {
    thread_ = std::thread([this] { run(); });
}

void Digests::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

bool Digests::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Digests::run() {
    std::string trouble;
    while (!stopping()) {
        try {
            look();
            trouble.clear();
        } catch (const std::exception& error) {
            if (std::exchange(trouble, error.what()) != error.what()) log::store_trouble("making digests", error.what());
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kLookEvery, [this] { return stopping_; });
    }
}

void Digests::look() {
    const auto mailboxes = ports_.mailboxes();
    const auto now = ports_.now();
    for (const auto& domain : mailboxes->config().domains) {
        if (stopping()) return;
        tell_rest(*mailboxes, domain, now);
        tell_digest(*mailboxes, domain, now);
    }
}

void Digests::write(const Mailboxes& mailboxes, const conf::Domain& domain, const NoticeText& text, std::string name, base::Day period, base::Seconds now) {
    store::Report report;
    report.outgoing = to_admins(store::Outgoing::Kind::notice, domain, mailboxes, "", text, "", now);
    report.once = store::Once{std::move(name), period};
    // Waited for: what the store answers after stop() would be told to an outbox that is gone.
    const auto answer = std::make_shared<std::promise<store::Outcome>>();   // shared: set_value may still run when get() has returned
    auto outcome = answer->get_future();
    store_.record_report(std::move(report), [answer](const store::Outcome& result) { answer->set_value(result); });
    if (const auto result = outcome.get(); result.durable) ports_.written();
    else log::store_trouble("writing a digest", result.error);   // the next round makes it again
}

void Digests::tell_rest(const Mailboxes& mailboxes, const conf::Domain& domain, base::Seconds now) {
    const auto today = domain.timezone.day_of(now);
    const std::string name = "rest " + domain.name;
    const auto last = store_.written_once(name);
    if (last >= today || now < domain.timezone.begin_of(today) + kSettle) return;
    const auto held = store_.held_notices(domain.name, std::max<std::int64_t>(last, today - kRestMost), today);
    if (held.empty()) return;
    const auto w = wording_of(&domain);
    const auto headline = [&](const std::string& id) {
        const auto event = store_.find_event(id);
        const auto text = event ? text_about(w, *event) : base::Result<NoticeText>(base::Error{"the event is not in the store any more"});
        return text ? text->subject : id;
    };
    write(mailboxes, domain, held_text(w, domain.name, held, headline), name, today, now);
}

void Digests::tell_digest(const Mailboxes& mailboxes, const conf::Domain& domain, base::Seconds now) {
    if (domain.digest == conf::Digest::none) return;
    const bool weekly = domain.digest == conf::Digest::weekly;
    const auto today = domain.timezone.day_of(now);
    const auto period = weekly ? begin_of_week(today) : today;
    const std::string name = "digest " + domain.name;
    if (store_.written_once(name) >= period || now < domain.timezone.begin_of(period) + kSettle) return;
    DigestFigures figures;
    figures.weekly = weekly;
    figures.first = period - (weekly ? 7 : 1);
    figures.last = period - 1;
    const auto from = domain.timezone.begin_of(figures.first), until = domain.timezone.begin_of(period);
    store_.each_activity(domain.name, from, [&](const store::Activity& each) {
        if (each.at >= until) return;
        if (each.kind == "relayed") figures.relayed += each.amount;
        else if (each.kind == "observed") figures.observed += each.amount;
        else if (each.kind == "refused") {
            figures.refused += each.amount;
            figures.refused_by[each.reason] += each.amount;
        }
    });
    std::int64_t events = 0;
    store_.each_event(domain.name, from, [&](const store::Event& event) {
        if (event.time < until && ++events <= kEventsMost) add_event(event, figures);
    });
    for (const auto& row : store_.outbox_counts(domain.name, now)) {
        if (row.state == "failed") figures.dead += row.count;
        if (row.state != "pending") continue;
        figures.waiting += row.count;
        figures.oldest = figures.oldest == 0 ? row.oldest : std::min(figures.oldest, row.oldest);
    }
    write(mailboxes, domain, digest_text(wording_of(&domain), domain.name, figures), name, period, now);
}

}  // namespace crmrelay::report
