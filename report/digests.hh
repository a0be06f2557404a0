// SPDX-License-Identifier: BSD-2-Clause
//
// Tells each domain's administrators, once a period, what is not told at once: what came beyond a day's notices, and the digest that the domain asks for.
// A thread of its own, since figures may take a while; the store sees to it that several servers and restarts tell once.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "report/mailbox.hh"
#include "report/wording.hh"
#include "store/store.hh"

namespace crmrelay::report {

class Digests {
public:
    struct Ports {
        std::function<MailboxesSnapshot()> mailboxes;
        std::function<void()> written;               // from the thread: the outbox has new rows
        std::function<base::Seconds()> now = base::now;
    };
    Digests(store::Store& store, Ports ports) : store_(store), ports_(std::move(ports)) {}
    ~Digests() { stop(); }

    void start();
    void stop();
    void look();   // one round, in the caller's thread. Throws where the store does

private:
    void run();
    bool stopping();
    void tell_rest(const Mailboxes& mailboxes, const conf::Domain& domain, base::Seconds now);
    void tell_digest(const Mailboxes& mailboxes, const conf::Domain& domain, base::Seconds now);
    void write(const Mailboxes& mailboxes, const conf::Domain& domain, const NoticeText& text, std::string name, base::Day period, base::Seconds now);

    store::Store& store_;
    const Ports ports_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace crmrelay::report
