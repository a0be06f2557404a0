// SPDX-License-Identifier: BSD-2-Clause
//
// The writer's thread. What is wrong with one write stays with that write; what is wrong with the store is answered to all
// that wait, the session is closed, and the next batch tries with a new one.
#include "store/writer.hh"

#include <algorithm>
#include <future>
#include <iterator>

#include "base/log.hh"
#include "store/postgres_connection.hh"

namespace crmrelay::store {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto refusal_delay = 1s;
// While batches follow each other without a gap, the lock is left alone this long, this often: the other daemon looks for
// it every 0.3 ms and gets its turn.
constexpr auto busy_stretch = 50ms;
constexpr auto pause = 1ms;
// After a shared commit its callers come back one by one: worth waiting for, as long as it is a fraction of an fdatasync.
constexpr auto gather_time = 50us;

}  // namespace

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        if (!thread_.joinable()) return;
    }
    wake_.notify_one();
    thread_.join();
}

void Writer::start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
}

void Writer::submit(Write write) {
    std::unique_lock lock(mutex_);
    if (closing_ || queue_.size() >= most_waiting) {
        const std::string why = closing_ ? "the store is being closed" : std::to_string(queue_.size()) + " writes wait already: the disk does not keep up";
        lock.unlock();
        if (write.done) write.done({false, location_.url + ": " + why, 0});
        return;
    }
    queue_.push_back(std::move(write));
    start();
    const bool wake = std::exchange(sleeping_, false);   // one wake-up serves all who come before the thread runs
    lock.unlock();
    if (wake) wake_.notify_one();
}

Outcome Writer::submit_and_wait(std::function<void(WriteSession&, Outcome&)> apply) {
    // Shared: the waiting side may be gone before set_value has returned.
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto outcome = promise->get_future();
    submit({std::move(apply), [promise](const Outcome& result) { promise->set_value(result); }, true});
    return outcome.get();
}

void Writer::note(Refusal refusal) {
    std::unique_lock lock(mutex_);
    const bool first = refusals_.empty();
    refusals_.refused(std::move(refusal));
    if (!first) return;
    refusals_due_ = Clock::now() + refusal_delay;
    start();
    const bool wake = std::exchange(sleeping_, false);   // it learns of the new deadline
    lock.unlock();
    if (wake) wake_.notify_one();
}

void Writer::serve() {
    for (;;) {
        auto batch = take();
        if (!batch.writes.empty() || !batch.refusals.empty()) commit(batch);
        if (batch.last) break;
        give_way();
    }
    session_.reset();
    checkpointer_.reset();
}

Writer::Batch Writer::take() {
    std::unique_lock lock(mutex_);
    const auto due = [this] { return closing_ || !queue_.empty() || (!refusals_.empty() && Clock::now() >= refusals_due_); };
    while (!due()) {
        sleeping_ = true;
        const auto since = Clock::now();
        if (refusals_.empty())
            wake_.wait(lock, [&] { return !sleeping_ || due(); });
        else
            wake_.wait_until(lock, refusals_due_, [&] { return !sleeping_ || due(); });
        sleeping_ = false;
        if (const auto now = Clock::now(); now - since >= pause) last_pause_ = now;
    }
    if (!closing_ && queue_.size() < last_batch_) {
        lock.unlock();
        std::this_thread::sleep_for(gather_time);
        lock.lock();
    }
    Batch batch;
    batch.refusals = std::exchange(refusals_, {});
    auto most = std::min(queue_.size(), most_in_batch);
    if (location_.postgres && most > 1) {
        const auto shares = std::find_if(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(most), [](const Write& write) { return write.shares; });
        most = std::max<std::size_t>(1, static_cast<std::size_t>(shares - queue_.begin()));
    }
    if (queue_.size() == most) {
        batch.writes.swap(queue_);
    } else {
        const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(most);
        batch.writes.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
    }
    batch.last = closing_ && queue_.empty();
    last_batch_ = batch.writes.size();
    return batch;
}

void Writer::commit(Batch& batch) {
    std::vector<Outcome> outcomes(batch.writes.size());
    try {
        open();
        commit_together(batch, outcomes);
    } catch (const std::exception& error) {
        const auto trouble = trouble_of(error, location_);
        if (meter_) meter_->errors.add();
        if (session_ && trouble.of_the_write)
            commit_one_by_one(batch, outcomes);
        else
            give_up_on_session(trouble);
        for (auto& outcome : outcomes)
            if (!outcome.durable && outcome.error.empty()) outcome.error = trouble.text;
        if (!batch.refusals.empty() && !batch.last) {
            const std::lock_guard lock(mutex_);
            batch.refusals.add(refusals_);
            refusals_ = std::move(batch.refusals);
            refusals_due_ = Clock::now() + refusal_delay;
        }
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (const auto& done = batch.writes[i].done) done(outcomes[i]);
}

void Writer::commit_together(Batch& batch, std::vector<Outcome>& outcomes) {
    const base::Stopwatch time;
    session_->transaction([&] {
        for (std::size_t i = 0; i < outcomes.size(); ++i) batch.writes[i].apply(*session_, outcomes[i]);
        session_->tally.add(batch.refusals);
    });
    ++transactions_;
    if (meter_) {
        meter_->commit.observe(time.seconds());
        meter_->batch.observe(static_cast<double>(outcomes.size()));
        meter_->in_trouble = false;
    }
    for (auto& outcome : outcomes) outcome.durable = true;
    if (std::exchange(in_trouble_, false)) base::Line(base::Severity::notice, "store").field("url", location_.url).field("state", "writable again");
}

void Writer::commit_one_by_one(Batch& batch, std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        outcomes[i] = {};
        try {
            session_->transaction([&] { batch.writes[i].apply(*session_, outcomes[i]); });
            ++transactions_;
            outcomes[i].durable = true;
        } catch (const std::exception& error) {
            const auto trouble = trouble_of(error, location_);
            outcomes[i] = {false, trouble.text, 0};
            if (trouble.of_the_write) continue;
            while (++i < outcomes.size()) outcomes[i] = {false, trouble.text, 0};
            return give_up_on_session(trouble);
        }
    }
}

void Writer::open_now() {
    try {
        open();
    } catch (const PostgresError& error) {
        if (!error.state().empty()) throw;
        give_up_on_session(trouble_of(error, location_));
    }
}

void Writer::open() {
    if (!location_.postgres) return open_sqlite();
    if (session_ && session_->connection().moved()) session_.reset();
    if (session_) return;
    away_.check();
    try {
        session_ = std::make_unique<WriteSession>(location_, how_);
    } catch (const std::exception& error) {
        away_.note(location_, trouble_of(error, location_).text);
        throw;
    }
}

void Writer::open_sqlite() {
    const auto sqlite = [this]() -> SqliteSession& { return static_cast<SqliteSession&>(session_->connection()); };
    if (session_ && session_->connection().moved()) {
        base::Line(base::Severity::error, "store").field("url", location_.url).field("state", "the file was removed or replaced: opening what stands there now");
        sqlite().leave_moved_file();
        session_.reset();
    }
    if (session_) return;
    session_ = std::make_unique<WriteSession>(location_, how_);
    if (!checkpointer_) checkpointer_ = std::make_unique<Checkpointer>(location_);
    if (how_ == Open::create) sqlite().lengthen_log();
    sqlite().on_commit([this](int pages) { checkpointer_->committed(pages); });
}

void Writer::give_up_on_session(const Trouble& trouble) {
    session_.reset();
    if (meter_) meter_->in_trouble = true;
    if (!std::exchange(in_trouble_, true)) base::Line(base::Severity::error, "store").field("url", location_.url).field("problem", trouble.text);
}

void Writer::give_way() {
    if (location_.postgres || Clock::now() - last_pause_ < busy_stretch) return;
    std::this_thread::sleep_for(pause);
    last_pause_ = Clock::now();
}

}  // namespace crmrelay::store
