// SPDX-License-Identifier: BSD-2-Clause
//
// Works off what is to be told: takes due rows, oldest first, has each submitted, and writes down what became of it. One thread; rows of one token
// keep their order. A row leaves `pending` only after Postfix has the mail, so that a crash sends a mail twice at worst.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "report/mailbox.hh"
#include "report/submit.hh"
#include "store/store.hh"

namespace crmrelay::report {

struct OutboxPorts {
    std::function<MailboxesSnapshot()> mailboxes;   // the configuration that serves now
    std::function<base::Seconds()> now = base::now;
    std::chrono::milliseconds grace{15'000};        // for the submit that runs when the outbox stops
};

class Outbox {
public:
    Outbox(store::Store& store, Submitter& submitter, OutboxPorts ports);
    ~Outbox();   // stops

    void start();
    void wake();     // from any thread: there are new rows
    void stop();     // the running submit ends, at most `grace` later
    // Waits, at most a few seconds, until the submit that runs now, if any, is written down.
    void settle();

private:
    enum class Next { go_on, pause };

    void run();
    bool stopping();
    void sleep_until_due();
    void sleep(base::Seconds most);
    bool work_batch();                       // true where rows may be left
    Next work(const store::Outgoing& row);
    bool waits_for_earlier(const store::Outgoing& row);
    Next judge(const store::Outgoing& row, const Submitted& result);
    void write_queued(const store::Outgoing& row, const std::string& queue_id);
    void write_failed(const store::Outgoing& row, const Submitted& result);
    void try_again(const store::Outgoing& row, const std::string& error, base::Seconds delay, bool attempted);

    store::Store& store_;
    Submitter& submitter_;
    const OutboxPorts ports_;
    std::minstd_rand random_;
    std::map<std::int64_t, std::string> unwritten_;   // rows that Postfix has and the store does not know of yet, with their queue ids
    int times_away_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false, stopping_ = false, finished_ = false;
    std::uint64_t begun_ = 0, written_ = 0;           // submits
    std::thread thread_;
};

}  // namespace crmrelay::report
