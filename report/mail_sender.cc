// SPDX-License-Identifier: BSD-2-Clause
//
// The connection is left a moment after the last mail: the next one may be on its way here.
#include "report/mail_sender.hh"

namespace crmrelay::report {

namespace {

constexpr std::chrono::milliseconds kRestAfter{200};

}  // namespace

MailSender::~MailSender() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    submitter_.abort();
    thread_.join();
}

void MailSender::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void MailSender::run() {
    const auto wanted = [this] { return closing_ || !jobs_.empty(); };
    for (;;) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, kRestAfter, wanted)) {
            lock.unlock();
            submitter_.rest();
            lock.lock();
            changed_.wait(lock, wanted);
        }
        if (closing_) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job.done(submitter_.submit(job.url, job.recipient, job.mail));
    }
}

}  // namespace crmrelay::report
