// SPDX-License-Identifier: BSD-2-Clause
//
// Threads around SpfAnswers: a queue of questions in which equal ones are joined, workers that ask, a keeper that watches deadlines and what is due.
// No lock is held while DNS is asked, the log written, the store called or somebody told.
#include "policy/spf_networks.hh"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.hh"
#include "policy/log.hh"
#include "policy/spf_log.hh"

namespace crmrelay::policy {

namespace {

using Steady = std::chrono::steady_clock;
using Done = SpfNetworks::Done;

constexpr int kMostLoaded = 20000;
constexpr auto kSlow = std::chrono::seconds(1);   // a look-up that takes longer makes its name a slow one, for a minute
constexpr auto kSlowFor = std::chrono::seconds(60);
constexpr base::Seconds kLogOverload = 60;

struct Waiter {
    Steady::time_point deadline;
    Done done;
};

struct Question {
    std::string name;
    std::optional<base::IpAddress> client;   // nothing: the probes
    std::vector<Waiter> waiters;
    bool keep = false;      // asked even if nobody waits any more
    bool running = false;
};
using Questions = std::list<std::shared_ptr<Question>>;

// What is to be done once the lock is gone.
struct Aftermath {
    std::vector<std::pair<Done, Standing>> told;
    SpfEvents events;

    void perform() {
        for (const auto& event : events) log::spf(event);
        for (auto& [done, standing] : told)
            if (done) done(standing);
    }
};

}  // namespace

AskSpf query_spf(std::vector<base::Endpoint> resolvers) {
    return [client = DnsClient(std::move(resolvers))](const std::vector<base::IpAddress>& clients, const std::string& name, const Budget& budget) {
        SpfQuery query([&client](const std::string& host, DnsType type, const Budget& left) { return client.ask(host, type, left); }, budget);
        std::vector<SpfAnswer> out;
        for (const auto& one : clients) out.push_back(query.evaluate(one, name));
        return out;
    };
}

class SpfNetworks::Impl {
public:
    Impl(store::Store& store, AskSpf ask, Clock clock, SpfOptions options) : store_(store), ask_(std::move(ask)), clock_(std::move(clock)), options_(options) {
        try {
            answers_.load(store_.spf_names(), store_.spf_verdicts(kMostLoaded));
        } catch (const std::exception& error) {
            log::store_trouble("loading SPF answers", error.what());
        }
        for (int i = 0; i < std::max(options_.threads, 1); ++i) threads_.emplace_back([this] { work(); });
        threads_.emplace_back([this] { keep(); });
    }

    ~Impl() {
        Aftermath after;
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        wake_.notify_all();
        keeper_.notify_all();
        for (auto& thread : threads_) thread.join();
        for (auto& question : questions_)
            for (auto& waiter : question->waiters) after.told.emplace_back(std::move(waiter.done), fallback(*question));
        after.perform();
        save();
    }

    void serve(std::vector<std::string> names) {
        for (auto& name : names) name = base::lower(name);
        {
            const std::lock_guard lock(mutex_);
            answers_.serve(names, clock_());
            queue_probes();
        }
        wake_.notify_all();
    }

    SpfKnown at_once(const std::string& name, const base::IpAddress& client) {
        const std::lock_guard lock(mutex_);
        return answers_.known(base::lower(name), client, clock_());
    }

    void look_up(const std::string& asked_name, const base::IpAddress& client, Done done) {
        const auto name = base::lower(asked_name);
        std::unique_lock lock(mutex_);
        const auto now = clock_();
        const auto known = answers_.known(name, client, now);
        // Where the resolver fails already, nobody waits for it to say so again.
        const bool serve_last = known.standing == Standing::in && answers_.in_trouble(name, now);
        if (known.settled || stop_) return lock.unlock(), done(known.standing);
        auto question = join(name, client);
        if (!question) {
            const bool tell = now - overload_logged_ >= kLogOverload;
            if (tell) overload_logged_ = now;
            lock.unlock();
            if (tell) log::spf_overload(name, options_.most_waiting);
            return done(known.standing);
        }
        if (serve_last) {
            question->keep = true;
        } else {
            question->waiters.push_back({Steady::now() + options_.deadline, std::move(done)});
            ++waiting_;
        }
        lock.unlock();
        wake_.notify_all();
        keeper_.notify_one();
        if (serve_last) done(Standing::in);
    }

    std::vector<store::SpfName> state() {
        const std::lock_guard lock(mutex_);
        return answers_.state();
    }

    void save() {
        store::SpfChanges changes;
        {
            const std::lock_guard lock(mutex_);
            if (lost_->exchange(false)) answers_.save_all();
            changes = answers_.take_changes();
            saved_at_ = clock_();
        }
        if (changes.empty()) return;
        // The store may answer after we are gone.
        store_.record_spf(std::move(changes), [lost = lost_](const store::Outcome& outcome) {
            if (!outcome.durable) *lost = true;
        });
    }

private:
    // The question with these words, in the queue or running; a new one where there is room, else nothing.
    std::shared_ptr<Question> join(const std::string& name, const std::optional<base::IpAddress>& client) {
        for (const auto& question : questions_)
            if (question->name == name && question->client == client) return waiting_ < 10 * options_.most_waiting ? question : nullptr;
        if (questions_.size() >= options_.most_waiting && client) return nullptr;
        questions_.push_back(std::make_shared<Question>(Question{name, client, {}, !client, false}));
        return questions_.back();
    }

    void queue_probes() {
        for (const auto& name : answers_.probes_due(clock_())) join(name, {});
    }

    struct Load {
        int running = 0;
        bool proven = false;   // it came back in time once
        Steady::time_point slow_until{};
    };
    bool is_slow(const std::string& name, Steady::time_point now) {
        const auto& load = load_[name];
        return !load.proven || load.slow_until > now || answers_.in_trouble(name, clock_());
    }

    // A good name may hold half of the threads but never the last free one beside another, a slow one a single thread, all slow ones together half.
    std::shared_ptr<Question> next() {
        const auto now = Steady::now();
        const int half = std::max(options_.threads / 2, 1);
        int running = 0, slow_running = 0;
        for (const auto& [name, load] : load_) {
            running += load.running;
            if (load.running > 0 && is_slow(name, now)) slow_running += load.running;
        }
        for (const auto& question : questions_) {
            if (question->running) continue;
            const bool slow = is_slow(question->name, now);
            const int its = load_[question->name].running;
            if (slow ? its >= 1 || slow_running >= half : its >= half || (its >= 1 && running + 1 >= options_.threads)) continue;
            return question;
        }
        return nullptr;
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            std::shared_ptr<Question> question;
            wake_.wait(lock, [&] { return stop_ || (question = next()) != nullptr; });
            if (stop_) return;
            question->running = true;
            ++load_[question->name].running;
            Aftermath after;
            const auto began = Steady::now();
            answer(*question, lock, after);
            auto& load = load_[question->name];
            --load.running;
            if (Steady::now() - began > kSlow) load.slow_until = Steady::now() + kSlowFor;
            else load.proven = true;
            if (stop_) return;   // who waits for it is told at the end
            questions_.remove(question);
            lock.unlock();
            wake_.notify_all();   // what this name held back may go on
            after.perform();
            lock.lock();
        }
    }

    std::vector<SpfAnswer> ask(const std::vector<base::IpAddress>& clients, const std::string& name, const Budget& budget) {
        try {
            return ask_(clients, name, budget);
        } catch (const std::exception& error) {
            return std::vector<SpfAnswer>(clients.size(), {SpfAnswer::Verdict::temporary, error.what(), 0});
        }
    }

    // Asks without the lock, and learns with it.
    void answer(Question& question, std::unique_lock<std::mutex>& lock, Aftermath& after) {
        const auto name = question.name;
        const Budget budget{Steady::now() + (question.client ? options_.deadline : options_.probe_budget), &stop_};
        const auto probe = [&] {
            lock.unlock();
            const auto answers = ask(SpfAnswers::probes(), name, budget);
            lock.lock();
            if (!stop_) answers_.learn_probes(name, answers, clock_(), after.events);
        };
        if (!question.client) return probe();
        lock.unlock();
        auto answers = ask({*question.client}, name, budget);
        lock.lock();
        if (answers.empty()) answers.resize(1);
        if (!stop_ && answers_.wants_probe(name, *question.client, answers[0], clock_())) probe();
        if (stop_) return;   // a look-up that was given up says nothing of the name
        const auto standing = answers_.learn(name, *question.client, answers[0], clock_(), after.events);
        for (auto& waiter : question.waiters) after.told.emplace_back(std::move(waiter.done), standing);
        forget_waiters(question, question.waiters.end());
    }

    void forget_waiters(Question& question, std::vector<Waiter>::iterator end) {
        waiting_ -= static_cast<std::size_t>(end - question.waiters.begin());
        question.waiters.erase(question.waiters.begin(), end);
    }

    // What serves where no answer has come.
    Standing fallback(const Question& question) { return question.client ? answers_.known(question.name, *question.client, clock_()).standing : Standing::unknown; }

    // Answers who has waited long enough; when the next one will have.
    Steady::time_point expire(Aftermath& after) {
        const auto now = Steady::now();
        auto next = now + options_.tick;
        for (auto at = questions_.begin(); at != questions_.end();) {
            auto& question = **at;
            const auto late = std::find_if(question.waiters.begin(), question.waiters.end(), [&](const Waiter& w) { return w.deadline > now; });   // in order of time
            for (auto waiter = question.waiters.begin(); waiter != late; ++waiter) after.told.emplace_back(std::move(waiter->done), fallback(question));
            forget_waiters(question, late);
            if (!question.waiters.empty()) next = std::min(next, question.waiters.front().deadline);
            if (question.waiters.empty() && !question.running && !question.keep) at = questions_.erase(at);
            else ++at;
        }
        return next;
    }

    void keep() {
        auto tick_at = Steady::now();
        std::unique_lock lock(mutex_);
        while (!stop_) {
            Aftermath after;
            auto next = expire(after);
            bool save_now = false;
            if (Steady::now() >= tick_at) {
                tick_at = Steady::now() + options_.tick;
                answers_.housekeep(clock_(), after.events);
                queue_probes();
                save_now = clock_() - saved_at_ >= options_.save_every;
            }
            lock.unlock();
            wake_.notify_all();
            after.perform();
            if (save_now) save();
            lock.lock();
            next = std::min(next, tick_at);
            for (const auto& question : questions_)
                if (!question->waiters.empty()) next = std::min(next, question->waiters.front().deadline);
            if (!stop_) keeper_.wait_until(lock, next);
        }
    }

    store::Store& store_;
    const AskSpf ask_;
    const Clock clock_;
    const SpfOptions options_;
    const std::shared_ptr<std::atomic<bool>> lost_ = std::make_shared<std::atomic<bool>>(false);

    std::mutex mutex_;   // of all below
    std::condition_variable wake_, keeper_;
    std::atomic<bool> stop_{false};
    SpfAnswers answers_;
    Questions questions_;
    std::map<std::string, Load> load_;
    std::size_t waiting_ = 0;
    base::Seconds saved_at_ = 0, overload_logged_ = 0;
    std::vector<std::thread> threads_;   // last
};

SpfNetworks::SpfNetworks(store::Store& store, AskSpf ask, Clock clock, SpfOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(ask), std::move(clock), options)) {}
SpfNetworks::~SpfNetworks() = default;

void SpfNetworks::serve(std::vector<std::string> names) { impl_->serve(std::move(names)); }
SpfKnown SpfNetworks::at_once(const std::string& name, const base::IpAddress& client) { return impl_->at_once(name, client); }
void SpfNetworks::look_up(const std::string& name, const base::IpAddress& client, Done done) { impl_->look_up(name, client, std::move(done)); }
std::vector<store::SpfName> SpfNetworks::state() { return impl_->state(); }
void SpfNetworks::save() { impl_->save(); }

}  // namespace crmrelay::policy
