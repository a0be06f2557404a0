// SPDX-License-Identifier: BSD-2-Clause
//
// What follows each outcome, and its way into the store. What the store does not take is offered to it again: nothing that Postfix or a receiver has is sent
// again because it could not be noted.
#include <fmt/format.h>

#include <algorithm>

#include "bounce/reply.hh"
#include "report/backoff.hh"
#include "report/log.hh"
#include "report/metrics.hh"
#include "report/outbox.hh"
#include "report/outgoing.hh"

namespace crmrelay::report {

namespace {

constexpr base::Seconds kDay = 86400;
constexpr base::Seconds kStorePause = 5;

}  // namespace

void Outbox::take_results() {
    std::vector<Ended> ended;
    std::vector<std::pair<std::shared_ptr<Entry>, std::string>> written;
    bool stopping = false;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(ended_);
        written.swap(written_);
        stopping = stopping_;
    }
    for (auto& [entry, error] : written) {
        if (!error.empty()) {
            log::store_trouble("writing down what was told", error);
            if (!stopping) unwritten_.push_back(std::move(entry));
            write_again_at_ = ports_.now() + kStorePause;
            continue;
        }
        for (const auto& line : entry->lines) line();
        for (const auto& row : entry->rows) {
            busy_.erase(row.id);
            auto& turn = turns_[row.target];
            --turn.busy;
            if (turn.blocked) turn.look_at = std::min(turn.look_at, ports_.now());
        }
        const std::lock_guard lock(mutex_);
        for (const auto& row : entry->rows) mails_.erase(row.id);
        changed_.notify_all();
    }
    for (const auto& each : ended) {
        auto& turn = turns_[each.row.target];
        const auto* mail = std::get_if<Submitted>(&each.how);
        // Perhaps aborted by us: the row stays as it is.
        if (each.aborted || (stopping && mail && mail->state != Submitted::State::queued)) {
            turn.lane.ended_untold();
            const std::lock_guard lock(mutex_);
            mails_.erase(each.row.id);
        } else if (mail) {
            judge_mail(turn, each.row, *mail);
        } else {
            judge_webhook(turn, each.row, std::get<WebhookAnswer>(each.how));
        }
    }
    if (!unwritten_.empty() && ports_.now() >= write_again_at_)
        for (auto& entry : std::exchange(unwritten_, {})) submit(std::move(entry));
}

bool Outbox::too_old(const Row& row) const { return ports_.now() - row.since >= mailboxes_->config().service.retry_for; }

void Outbox::judge_mail(Turn& turn, const Row& row, const Submitted& result) {
    using State = Submitted::State;
    const auto now = ports_.now();
    if (result.state == State::unreachable) {
        // No attempt of this mail: else an hour without a server would put its next trouble off by a day.
        return away(turn, row, result.text, std::nullopt, false);
    }
    if (result.state == State::queued) {
        turn.lane.ended_well();
        return done(row, {row.id, Row::State::queued, now, result.queue_id}, [row, id = result.queue_id] { log::queued(row, id); });
    }
    turn.lane.ended_badly();
    if (result.state == State::permanent || too_old(row)) return fail(row, result.text, result.code, result.state == State::permanent);
    try_again(row, result.text, now + backoff(steps(), row.attempts + 1, random_()), true);
}

void Outbox::judge_webhook(Turn& turn, const Row& row, const WebhookAnswer& answer) {
    using Meaning = WebhookAnswer::Meaning;
    const auto now = ports_.now();
    switch (answer.meaning) {
        case Meaning::delivered:
            turn.lane.ended_well();
            return done(row, {row.id, Row::State::delivered, now, ""}, [row, text = answer.text] { log::delivered(row, text); });
        case Meaning::unreachable: return away(turn, row, answer.text, answer.retry_after, true);
        case Meaning::gone:
            turn.lane.ended_badly();
            return gone(row, answer.text);
        case Meaning::rejected:
            turn.lane.ended_badly();
            return fail(row, answer.text, 0, true);
        case Meaning::temporary: break;
    }
    turn.lane.ended_badly();
    if (too_old(row)) return fail(row, answer.text, 0, false);
    try_again(row, answer.text, now + backoff(steps(), row.attempts + 1, random_()), true);
}

void Outbox::away(Turn& turn, const Row& row, const std::string& error, std::optional<base::Seconds> retry_after, bool attempted) {
    const auto now = ports_.now();
    const auto pause = pause_after(steps(), turn.lane.ended_away(now));
    turn.lane.pause(now + std::max(pause, retry_after.value_or(0)));
    if (retry_after && *retry_after > pause && !disabled_.contains(row.target)) store_.set_target({row.target, row.recipient, now + *retry_after, 0, error});
    if (too_old(row)) return fail(row, error, 0, false);
    const auto wait = attempted ? backoff(steps(), row.attempts + 1, random_()) : pause;
    try_again(row, error, now + std::max(wait, retry_after.value_or(0)), attempted);
}

// Nothing goes there any more until an administrator says so, or another URL is configured.
void Outbox::gone(const Row& row, const std::string& answer) {
    const auto now = ports_.now();
    if (!disabled_.contains(row.target) || disabled_[row.target].url != row.recipient) {
        const store::Target target{row.target, row.recipient, 0, now, fmt::format("it answered {} on {}", answer, base::rfc3339(now))};
        store_.set_target(target);
        disabled_[row.target] = target;
        log::disabled(row, answer);
        if (const auto* entry = mailboxes_->domain_named(row.domain))
            for (auto& notice : notice_of_gone(row, *entry, *mailboxes_, answer, now)) entry_.report.outgoing.push_back(std::move(notice));
    }
    fail(row, answer, 0, true, false);
}

void Outbox::done(const Row& row, store::Move move, std::function<void()> line) {
    entry_.lines.push_back([this, line = std::move(line), domain = row.domain, kind = row.kind, state = move.state] {
        line();
        if (ports_.metrics) ports_.metrics->told(domain, kind, state);
    });
    entry_.report.moves.push_back(std::move(move));
    entry_.rows.push_back(row);
    entry_.rows.back().mail.clear();
}

void Outbox::try_again(const Row& row, const std::string& error, base::Seconds next_at, bool attempted) {
    done(row, {row.id, Row::State::pending, next_at, error, attempted}, [row, error, next_at] { log::postponed(row, error, next_at); });
    auto& turn = turns_[row.target];
    turn.look_at = std::min(turn.look_at, next_at);
}

// The event, the notice and the dead letter are written as one. Of a webhook there is an event once a day: its dead letters themselves are in the outbox.
void Outbox::fail(const Row& row, const std::string& error, int code, bool permanent, bool tell) {
    const auto now = ports_.now();
    const auto* entry = mailboxes_->domain_named(row.domain);
    if (entry && tell) {
        const bool webhook = row.kind == Row::Kind::webhook;
        const auto record = row.token.empty() ? std::nullopt : store_.find_message(row.token);
        const int days = permanent ? 0 : std::max(1, static_cast<int>(mailboxes_->config().service.retry_for / kDay));
        const Refused refused{bounce::status_in(error), error, "", code, webhook ? Refused::By::receiver : Refused::By::own_postfix, days};
        auto report = report_of_failure(row, record ? &*record : nullptr, *entry, *mailboxes_, refused, now);
        if (webhook && !first_today("webhook-failed " + row.domain)) {
            report.events.clear();
            for (auto& notice : report.outgoing) notice.event_ids.clear();
        }
        for (auto& event : report.events) entry_.report.events.push_back(std::move(event));
        for (auto& notice : report.outgoing) entry_.report.outgoing.push_back(std::move(notice));
    }
    done(row, {row.id, Row::State::failed, now, error}, [row, error] { log::failed(row, error); });
}

bool Outbox::first_today(const std::string& key) {
    const auto day = ports_.now() / kDay;
    auto& told = told_[key];
    if (told == day) return false;
    told = day;
    return store_.count_forward(key, ports_.now(), 1);
}

void Outbox::commit() {
    if (entry_.report.moves.empty()) return;
    entry_.report.only_if_fresh = false;
    submit(std::make_shared<Entry>(std::exchange(entry_, {})));
}

void Outbox::submit(std::shared_ptr<Entry> entry) {
    {
        const std::lock_guard lock(mutex_);
        ++writing_;
    }
    auto report = entry->report;
    store_.record_report(std::move(report), [this, entry](const store::Outcome& outcome) {
        const std::lock_guard lock(mutex_);
        --writing_;
        written_.emplace_back(entry, outcome.durable ? "" : outcome.error.empty() ? "the store is away" : outcome.error);
        changed_.notify_all();
    });
}

}  // namespace crmrelay::report
