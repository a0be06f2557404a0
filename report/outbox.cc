// SPDX-License-Identifier: BSD-2-Clause
//
// The loop and what follows each outcome. Store trouble is waited out here: nothing that Postfix has is submitted again because it could not be noted.
#include "report/outbox.hh"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "bounce/reply.hh"
#include "report/backoff.hh"
#include "report/log.hh"
#include "report/notice.hh"
#include "report/outgoing.hh"

namespace crmrelay::report {

namespace {

constexpr int kBatch = 20;                             // rows in memory at a time: each may hold bounce_size_limit octets
constexpr base::Seconds kSleepMost = 10;               // policyd may have written a notice; and the clock may have been set
constexpr base::Seconds kStorePause = 5;
constexpr std::chrono::seconds kSettleMost{5};

// Records and waits for the commit.
void record_now(store::Store& store, store::Report report) {
    auto promise = std::make_shared<std::promise<store::Outcome>>();
    auto outcome = promise->get_future();
    store.record_report(std::move(report), [promise](const store::Outcome& result) { promise->set_value(result); });
    if (const auto result = outcome.get(); !result.durable) throw std::runtime_error(result.error);
}

}  // namespace

Outbox::Outbox(store::Store& store, Submitter& submitter, OutboxPorts ports)
    : store_(store), submitter_(submitter), ports_(std::move(ports)), random_(std::random_device{}()) {}

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
        if (!changed_.wait_for(lock, ports_.grace, [this] { return finished_; })) submitter_.abort();
    }
    thread_.join();
}

void Outbox::settle() {
    std::unique_lock lock(mutex_);
    const auto running = begun_;
    changed_.wait_for(lock, kSettleMost, [&] { return written_ >= running || finished_; });
}

bool Outbox::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Outbox::sleep(base::Seconds most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(most), [this] { return stopping_; });
}

void Outbox::sleep_until_due() {
    submitter_.rest();
    const auto next = store_.next_due();
    const auto now = ports_.now();
    const auto wait = next ? std::clamp<base::Seconds>(*next - now, 0, kSleepMost) : kSleepMost;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(wait), [this] { return stopping_ || woken_; });
    woken_ = false;
}

void Outbox::run() {
    while (!stopping()) {
        try {
            if (!work_batch()) sleep_until_due();
        } catch (const std::exception& error) {
            log::store_trouble("working off the outbox", error.what());
            sleep(kStorePause);
        }
    }
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

bool Outbox::work_batch() {
    const auto rows = store_.due(ports_.now(), kBatch);
    for (const auto& row : rows) {
        if (stopping()) return true;
        if (work(row) == Next::go_on) continue;
        submitter_.rest();
        sleep(pause_after(times_away_));
        return true;
    }
    return !rows.empty();
}

// An earlier row of the same message comes first, however long it takes; notices wait for nothing, and nothing waits for them.
bool Outbox::waits_for_earlier(const store::Outgoing& row) {
    constexpr auto kNotice = store::Outgoing::Kind::notice;
    if (row.token.empty() || row.kind == kNotice) return false;
    for (const auto& other : store_.outgoing_of(row.token)) {
        if (other.id >= row.id || other.kind == kNotice || other.state != store::Outgoing::State::pending) continue;
        store_.put_off(row.id, std::max(other.next_at, ports_.now() + 1), fmt::format("waits for the earlier report {} about the same message", other.id));
        return true;
    }
    return false;
}

Outbox::Next Outbox::work(const store::Outgoing& row) {
    if (const auto known = unwritten_.find(row.id); known != unwritten_.end()) {
        write_queued(row, known->second);
        return Next::go_on;
    }
    if (waits_for_earlier(row)) return Next::go_on;
    {
        const std::lock_guard lock(mutex_);
        ++begun_;
    }
    struct Written {
        Outbox& outbox;
        ~Written() {
            const std::lock_guard lock(outbox.mutex_);
            outbox.written_ = outbox.begun_;
            outbox.changed_.notify_all();
        }
    } const written{*this};
    const auto& submit = ports_.mailboxes()->config().service.submit;
    if (!row.mail.empty()) return judge(row, submitter_.submit(submit, row.recipient, row.mail));
    const auto event = row.event_ids.empty() ? std::nullopt : store_.find_event(row.event_ids.front());
    const auto mail = event ? notice_about(*event, row, ports_.now()) : base::Result<std::string>(base::Error{"its event is not in the store any more"});
    if (mail) return judge(row, submitter_.submit(submit, row.recipient, *mail));
    store_.mark_failed(row.id, mail.error());
    log::failed(row, mail.error());
    return Next::go_on;
}

Outbox::Next Outbox::judge(const store::Outgoing& row, const Submitted& result) {
    using State = Submitted::State;
    const bool too_old = ports_.now() - row.created_at >= kGiveUpAfter;
    if (result.state == State::queued) {
        times_away_ = 0;
        unwritten_.emplace(row.id, result.queue_id);
        write_queued(row, result.queue_id);
        return Next::go_on;
    }
    if (stopping()) return Next::go_on;   // perhaps aborted by us: the row stays as it is
    if (result.state == State::permanent || too_old)
        write_failed(row, result);
    else if (result.state == State::temporary)
        try_again(row, result.text, backoff(row.attempts + 1, random_()), true);
    if (result.state != State::unreachable) {
        times_away_ = 0;
        return Next::go_on;
    }
    ++times_away_;
    // No attempt of this mail: else an hour without a server would put its next trouble off by a day.
    if (!too_old) try_again(row, result.text, pause_after(times_away_), false);
    return Next::pause;
}

void Outbox::write_queued(const store::Outgoing& row, const std::string& queue_id) {
    store_.mark_queued(row.id, queue_id, ports_.now());
    unwritten_.erase(row.id);
    log::queued(row, queue_id);
}

void Outbox::try_again(const store::Outgoing& row, const std::string& error, base::Seconds delay, bool attempted) {
    const auto next_at = ports_.now() + delay;
    if (attempted) store_.postpone(row.id, next_at, error);
    else store_.put_off(row.id, next_at, error);
    log::postponed(row, error, next_at);
}

// The telling first: a crash before the row is marked tells it again, and the event's key makes that one.
void Outbox::write_failed(const store::Outgoing& row, const Submitted& result) {
    const auto mailboxes = ports_.mailboxes();
    const auto* entry = mailboxes->domain_named(row.domain);
    if (entry) {
        const auto record = row.token.empty() ? std::nullopt : store_.find_message(row.token);
        const bool permanent = result.state == Submitted::State::permanent;
        const Refused refused{bounce::status_in(result.text), result.text, "", result.code, permanent ? "our own Postfix" : "for five days our own Postfix"};
        auto report = report_of_failure(row, record ? &*record : nullptr, *entry, *mailboxes, refused, ports_.now());
        if (!report.events.empty()) record_now(store_, std::move(report));
    }
    store_.mark_failed(row.id, result.text);
    log::failed(row, result.text);
}

}  // namespace crmrelay::report
