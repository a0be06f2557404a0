// SPDX-License-Identifier: BSD-2-Clause
//
// The thread: which rows are read, begun and waited for. What follows their outcomes stands in outbox_outcomes.cc.
#include "report/outbox.hh"

#include <algorithm>
#include <limits>

#include "report/event.hh"
#include "report/log.hh"
#include "report/notice.hh"

namespace crmrelay::report {

namespace {

constexpr int kMailBatch = 20;                         // mails in memory at a time: each may hold bounce_size_limit octets
constexpr int kWebhookBatch = 256, kBatchLeast = 16;   // events of one target; fewer where there are many targets
constexpr int kWebhookRowsMost = 8192;                 // of all targets
constexpr std::size_t kBusyMost = 20'000;              // rows: no more are begun while the store does not keep up
constexpr base::Seconds kLookEvery = 2;                // other processes write rows, too
constexpr base::Seconds kStorePause = 5;
constexpr base::Seconds kNever = std::numeric_limits<base::Seconds>::max();
constexpr std::chrono::seconds kSettleMost{5};
constexpr std::string_view kWebhook = "webhook:";

}  // namespace

Outbox::Outbox(store::Store& store, Submitter& submitter, HttpClient& http, OutboxPorts ports)
    : store_(store), http_(http), ports_(std::move(ports)), random_(std::random_device{}()), mail_(std::make_unique<MailSender>(submitter)) {}

Outbox::~Outbox() { stop(); }

void Outbox::start() {
    thread_ = std::thread([this] { run(); });
}

void Outbox::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
}

void Outbox::stop() {
    if (!thread_.joinable()) return;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
        if (!changed_.wait_for(lock, ports_.grace, [this] { return finished_; })) {
            given_up_ = true;
            lock.unlock();
            mail_->abort();
            http_.abort();
        }
    }
    thread_.join();
    mail_.reset();
}

void Outbox::settle() {
    std::unique_lock lock(mutex_);
    const auto running = mails_;
    changed_.wait_for(lock, kSettleMost, [&] {
        return finished_ || std::ranges::none_of(running, [this](const auto id) { return mails_.contains(id); });
    });
}

bool Outbox::answers(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    const auto before = steps_done_;
    woken_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, limit, [&] { return steps_done_ != before || finished_; });
}

// What the store did not take is told again after a restart.
bool Outbox::over() {
    const std::lock_guard lock(mutex_);
    if (!stopping_) return false;
    const bool running = std::ranges::any_of(turns_, [](const auto& each) { return each.second.lane.running() > 0; });
    return !running && ended_.empty() && writing_ == 0 && (written_.empty() || given_up_);
}

void Outbox::run() {
    while (!over()) {
        base::Seconds next = ports_.now() + kStorePause;
        try {
            next = step();
        } catch (const std::exception& error) {
            log::store_trouble("working off the outbox", error.what());
            next = ports_.now() + kStorePause;
        }
        wait(next);
    }
    try {
        store_.leave_claims();
    } catch (const std::exception&) {
        // Then they are taken over when their lease is over.
    }
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

void Outbox::wait(base::Seconds until) {
    std::unique_lock lock(mutex_);
    ++steps_done_;
    changed_.notify_all();
    const auto seconds = std::clamp<base::Seconds>(until - ports_.now(), 0, kLookEvery);
    if (seconds == 0 && !stopping_) return;
    changed_.wait_for(lock, std::chrono::seconds(seconds == 0 ? 1 : seconds), [this] { return woken_ || !ended_.empty() || !written_.empty() || stopping_ != stop_seen_; });
    stop_seen_ = stopping_;
}

base::Seconds Outbox::step() {
    mailboxes_ = ports_.mailboxes();
    take_results();
    bool woken = false, stopping = false;
    {
        const std::lock_guard lock(mutex_);
        woken = std::exchange(woken_, false);
        stopping = stopping_;
    }
    const auto now = ports_.now();
    base::Seconds next = now + kLookEvery;
    if (!stopping && !store_.keep_claims()) {
        forget_rows();
    } else if (!stopping) {
        if (woken || now >= discover_at_ || discover_at_ > now + kLookEvery) discover();
        for (auto& [target, turn] : turns_) {
            serve(target, turn);
            const bool idle = turn.lane.room(now) > 0 && turn.rows.empty();
            if (turn.lane.paused_until() > now) next = std::min(next, turn.lane.paused_until());
            else if (idle && busy_.size() < kBusyMost) next = std::min(next, turn.look_at);
        }
    }
    commit();
    if (!unwritten_.empty()) next = std::min(next, write_again_at_);
    return next;
}

// Another server may have begun on what this one only holds. What is under way is told twice at worst.
void Outbox::forget_rows() {
    for (auto& [target, turn] : turns_) {
        for (const auto& row : turn.rows) busy_.erase(row.id);
        turn.busy -= static_cast<int>(turn.rows.size());
        turn.rows.clear();
        turn.look_at = ports_.now();
    }
}

void Outbox::discover() {
    discover_at_ = ports_.now() + kLookEvery;
    read_disabled();
    for (const auto& [target, due] : store_.targets_due()) {
        const auto [found, fresh] = turns_.try_emplace(target);
        auto& turn = found->second;
        turn.look_at = fresh ? due : std::min(turn.look_at, due);
        const auto* receiver = target.starts_with(kWebhook) ? mailboxes_->receiver_of(target.substr(kWebhook.size())) : nullptr;
        turn.lane.set_limit(receiver ? receiver->webhook.connections : 1);
    }
    std::erase_if(turns_, [this](const auto& each) { return each.second.busy == 0 && each.second.look_at == kNever && !each.second.lane.in_trouble() && each.second.lane.paused_until() <= ports_.now(); });
}

// An administrator may have enabled one again.
void Outbox::read_disabled() {
    disabled_.clear();
    for (auto& target : store_.targets()) {
        if (target.paused_until > ports_.now()) turns_.try_emplace(target.name, Turn{{}, {}, kNever}).first->second.lane.pause(target.paused_until);
        if (target.disabled_at != 0) disabled_.emplace(target.name, std::move(target));
    }
}

void Outbox::read_rows(const std::string& target, Turn& turn) {
    const auto now = ports_.now();
    const int fair = std::clamp(kWebhookRowsMost / std::max(1, static_cast<int>(turns_.size())), kBatchLeast, kWebhookBatch);
    const int limit = (target == store::kMailTarget ? kMailBatch : fair) + turn.busy;
    auto rows = store_.claim(now, limit, target);
    const bool all = static_cast<int>(rows.size()) < limit;
    turn.look_at = all ? store_.next_due_after(target, now).value_or(kNever) : now;
    turn.blocked = false;
    std::vector<Row> waiting;
    for (auto& row : rows) {
        if (busy_.contains(row.id)) continue;
        if (!row.waits_until) {
            busy_.insert(row.id);
            ++turn.busy;
            turn.rows.push_back(std::move(row));
        } else if (*row.waits_until > now) {
            entry_.report.moves.push_back({row.id, Row::State::pending, *row.waits_until, "waits for an earlier report about the same message", false});
            turn.look_at = std::min(turn.look_at, *row.waits_until);
        } else {
            waiting.push_back(std::move(row));
        }
    }
    // Behind one that is under way or comes before it in this very batch: looked at again when that is written down. Where nothing is under way and the batch
    // holds none that could be, the earlier ones lie beyond it.
    turn.blocked = !waiting.empty();
    if (!turn.blocked || !turn.rows.empty()) return;
    if (turn.busy > 0) turn.look_at = kNever;
    else
        for (const auto& row : waiting) entry_.report.moves.push_back({row.id, Row::State::pending, now + 1, "waits for an earlier report about the same message", false});
}

void Outbox::serve(const std::string& target, Turn& turn) {
    for (;;) {
        const auto now = ports_.now();
        if (turn.lane.room(now) == 0 || busy_.size() >= kBusyMost) return;
        if (turn.rows.empty()) {
            if (turn.look_at > now) return;
            read_rows(target, turn);
            if (turn.rows.empty()) {
                if (turn.look_at <= now) turn.look_at = now + 1;   // all that is due is busy
                return;
            }
        }
        Row row = std::move(turn.rows.front());
        turn.rows.pop_front();
        begin(target, turn, std::move(row));
    }
}

void Outbox::begin(const std::string& target, Turn& turn, Row row) {
    if (turn.lane.in_trouble() && too_old(row)) return fail(row, row.last_error.empty() ? "nobody was reached there" : row.last_error, 0, false);
    if (target == store::kMailTarget) begin_mail(turn, std::move(row));
    else begin_webhook(turn, std::move(row));
}

void Outbox::begin_mail(Turn& turn, Row row) {
    if (row.mail.empty()) {
        const auto event = row.event_ids.empty() ? std::nullopt : store_.find_event(row.event_ids.front());
        auto mail = event ? notice_about(*event, row, mailboxes_->domain_named(row.domain), ports_.now()) : base::Result<std::string>(base::Error{"its event is not in the store any more"});
        if (!mail) return fail(row, mail.error(), 0, true, false);
        row.mail = std::move(*mail);
    }
    turn.lane.begin();
    {
        const std::lock_guard lock(mutex_);
        mails_.insert(row.id);
    }
    MailSender::Job job{mailboxes_->config().service.submit, row.recipient, std::move(row.mail), {}};
    row.mail.clear();
    job.done = [this, row = std::move(row)](Submitted result) { ended({row, std::move(result)}); };
    mail_->post(std::move(job));
}

void Outbox::begin_webhook(Turn& turn, Row row) {
    const auto* receiver = mailboxes_->receiver_of(row.domain);
    if (!receiver) return fail(row, "no webhook is configured for this domain any more", 0, true);
    if (const auto found = disabled_.find(row.target); found != disabled_.end() && found->second.url == receiver->webhook.url)
        return fail(row, "the webhook is disabled: " + found->second.reason, 0, true, false);
    auto request = webhook_request(receiver->webhook, receiver->secrets, row.mail, ports_.now());
    if (!request) return fail(row, request.error(), 0, true);
    turn.lane.begin();
    row.mail.clear();
    row.recipient = receiver->webhook.url;
    http_.post(std::move(*request), [this, row = std::move(row), format = receiver->webhook.format](const HttpResponse& response) {
        ended({row, judge_answer(format, response), response.aborted});
    });
}

void Outbox::ended(Ended what) {
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(what));
    if (ended_.size() == 1) changed_.notify_all();
}

}  // namespace crmrelay::report
