// SPDX-License-Identifier: BSD-2-Clause
//
// One queue a client; threads take from the client whose turn it is.
#include "policy/hash_pool.hh"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace crmrelay::policy {

class HashPool::Impl {
public:
    explicit Impl(unsigned threads) : most_a_client_(std::max(1U, threads - 1)) {
        for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    bool run(const std::string& client, std::function<void()> work) {
        {
            const std::lock_guard lock(mutex_);
            if (waiting_ >= kQueueAtAll) return false;
            const auto at = clients_.find(client);
            if (at != clients_.end() && at->second.queue.size() >= kQueueAClient) return false;
            auto& own = clients_[client];
            own.queue.push_back(std::move(work));
            ++waiting_;
            if (own.queue.size() == 1) turns_.push_back(client);
        }
        changed_.notify_one();
        return true;
    }

private:
    struct Client {
        std::deque<std::function<void()>> queue;
        unsigned running = 0;
    };

    // The first in turn that has a thread free for it; under the lock.
    std::list<std::string>::iterator next() {
        return std::ranges::find_if(turns_, [this](const std::string& name) { return clients_[name].running < most_a_client_; });
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            auto turn = turns_.end();
            changed_.wait(lock, [&] { return stopping_ || (turn = next()) != turns_.end(); });
            if (stopping_) return;
            const auto name = *turn;
            turns_.erase(turn);
            auto& client = clients_[name];
            auto piece = std::move(client.queue.front());
            client.queue.pop_front();
            --waiting_;
            ++client.running;
            if (!client.queue.empty()) turns_.push_back(name);
            lock.unlock();
            piece();
            piece = nullptr;   // what it holds goes without the lock
            lock.lock();
            if (--client.running == 0 && client.queue.empty()) clients_.erase(name);
            else if (!client.queue.empty()) changed_.notify_one();
        }
    }

    const unsigned most_a_client_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Client> clients_;   // those that have work, waiting or running
    std::list<std::string> turns_;            // those that wait, each once
    std::size_t waiting_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

HashPool::HashPool(unsigned threads) : impl_(std::make_unique<Impl>(threads)) {}
HashPool::~HashPool() = default;

bool HashPool::run(const std::string& client, std::function<void()> work) { return impl_->run(client, std::move(work)); }

}  // namespace crmrelay::policy
