// SPDX-License-Identifier: BSD-2-Clause
//
// Submits mails one after the other in a thread of its own, over one connection for as long as there are any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "report/submit.hh"

namespace crmrelay::report {

class MailSender {
public:
    explicit MailSender(Submitter& submitter) : submitter_(submitter), thread_([this] { run(); }) {}
    ~MailSender();   // aborts what runs

    struct Job {
        std::string url, recipient, mail;
        std::function<void(Submitted)> done;   // on this object's own thread
    };
    void post(Job job);
    void abort() { submitter_.abort(); }

private:
    void run();

    Submitter& submitter_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace crmrelay::report
