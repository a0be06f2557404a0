// SPDX-License-Identifier: BSD-2-Clause
//
// Works off what is to be told: rows of each target by themselves, the due ones oldest first, as many at once as the target takes, and writes down what
// became of each. One thread decides; mails go out in another, webhooks in a third. Rows of one token keep their order within a target. A row leaves
// `pending` only after Postfix or the receiver has it, so that a crash tells twice at worst; the event's id says that it is the same.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <variant>

#include "report/lane.hh"
#include "report/mail_sender.hh"
#include "report/mailbox.hh"
#include "store/store.hh"

namespace crmrelay::report {

class Metrics;

struct OutboxPorts {
    std::function<MailboxesSnapshot()> mailboxes;   // the configuration that serves now
    std::function<base::Seconds()> now = base::now;
    std::chrono::milliseconds grace{15'000};        // for what is under way when the outbox stops
    Metrics* metrics = nullptr;                     // counts what became of rows
};

class Outbox {
public:
    Outbox(store::Store& store, Submitter& submitter, HttpClient& http, OutboxPorts ports);
    ~Outbox();   // stops

    void start();
    void wake();     // from any thread: there are new rows
    void stop();     // what is under way ends, at most `grace` later
    // Waits, at most a few seconds, until the mails that are being submitted now are written down.
    void settle();
    bool answers(std::chrono::milliseconds limit);   // its thread does a step in that time

private:
    using Row = store::Outgoing;
    struct Turn {
        Lane lane;
        std::deque<Row> rows;              // read and not begun yet
        base::Seconds look_at = 0;         // when the store is to be asked again
        int busy = 0;                      // rows read, begun or not yet written down
        bool blocked = false;              // some wait for an earlier one that is busy
    };
    // What is to be written down, as one; then the lines are logged.
    struct Entry {
        store::Report report;
        std::vector<Row> rows;             // that are done with, without their mails
        std::vector<std::function<void()>> lines;
    };
    struct Ended {
        Row row;
        std::variant<Submitted, WebhookAnswer> how;
        bool aborted = false;
    };

    void run();
    bool over();                                             // stopping, and nothing is under way
    base::Seconds step();                                    // does what can be done now; when there is more to do
    void discover();
    void forget_rows();
    void read_disabled();
    void read_rows(const std::string& target, Turn& turn);
    void serve(const std::string& target, Turn& turn);
    void begin(const std::string& target, Turn& turn, Row row);
    void begin_mail(Turn& turn, Row row);
    void begin_webhook(Turn& turn, Row row);
    void wait(base::Seconds until);

    void ended(Ended what);                                  // from any thread
    void take_results();
    void judge_mail(Turn& turn, const Row& row, const Submitted& result);
    void judge_webhook(Turn& turn, const Row& row, const WebhookAnswer& answer);
    void done(const Row& row, store::Move move, std::function<void()> line);
    void try_again(const Row& row, const std::string& error, base::Seconds next_at, bool attempted);
    void fail(const Row& row, const std::string& error, int code, bool permanent, bool tell = true);
    void away(Turn& turn, const Row& row, const std::string& error, std::optional<base::Seconds> retry_after, bool attempted);
    void gone(const Row& row, const std::string& answer);
    bool too_old(const Row& row) const;
    bool first_today(const std::string& key);
    void commit();
    void submit(std::shared_ptr<Entry> entry);

    const std::vector<int>& steps() const { return mailboxes_->config().service.retry_after; }

    store::Store& store_;
    HttpClient& http_;
    const OutboxPorts ports_;
    std::minstd_rand random_;

    // The thread's own.
    MailboxesSnapshot mailboxes_;                            // of this step
    std::map<std::string, Turn> turns_;                      // by target
    std::set<std::int64_t> busy_;                            // ids of rows that are read and not written down yet
    std::map<std::string, store::Target> disabled_;          // by target
    std::map<std::string, base::Seconds> told_;              // the day of the last notice about something
    Entry entry_;                                            // what is to be written next
    std::vector<std::shared_ptr<Entry>> unwritten_;          // that the store did not take
    base::Seconds discover_at_ = 0, write_again_at_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = true, stopping_ = false, stop_seen_ = false, finished_ = false, given_up_ = false;
    std::vector<Ended> ended_;
    std::vector<std::pair<std::shared_ptr<Entry>, std::string>> written_;   // with an error where it was not
    int writing_ = 0;
    std::uint64_t steps_done_ = 0;
    std::set<std::int64_t> mails_;                           // under way, until they are written down
    std::thread thread_;
    std::unique_ptr<MailSender> mail_;                       // last: it ends first
};

}  // namespace crmrelay::report
