// SPDX-License-Identifier: BSD-2-Clause
//
// Threads for work that costs time, shared fairly between clients: they take turns, and one client never has all threads. The queue is bounded.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace crmrelay::policy {

constexpr unsigned kHashThreads = 2;
constexpr std::size_t kQueueAClient = 200, kQueueAtAll = 1000;   // pieces of work that wait, each of about 2 ms

class HashPool {
public:
    explicit HashPool(unsigned threads = kHashThreads);
    HashPool(const HashPool&) = delete;
    ~HashPool();   // waits for what is being done, drops what waits

    // False where too much waits already. `work` must not throw.
    bool run(const std::string& client, std::function<void()> work);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::policy
