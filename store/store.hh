// SPDX-License-Identifier: BSD-2-Clause
//
// The store in the domain's words. Writes are queued to one writer thread, which puts all that wait into one transaction and
// one fdatasync (group commit), then calls each one back; reads run in the caller's thread on pooled sessions. Thread-safe.
// It knows no protocol. What it throws is std::runtime_error: a store that is away, full or broken.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/records.hh"

namespace crmrelay::store {

// What became of a write; called on the writer's thread, after the commit. Must not throw or block.
struct Outcome {
    bool durable = false;
    std::string error;      // why not, for the log
    int fresh_events = 0;   // of record_report: events that were not there before
};
using Done = std::function<void(const Outcome&)>;

// A report that comes once a period, whoever makes it: on several servers, and after a restart.
struct Once {
    std::string name;            // "digest example.com"
    std::int64_t period = 0;     // rising: the day that it begins on
};

// What a bounce leads to, written as one: events (duplicates are skipped) and what is to be told.
struct Report {
    std::vector<Event> events;
    std::vector<Outgoing> outgoing;
    bool only_if_fresh = true;   // outgoing rows are written only where at least one event is new (or there is no event); a row that names events, where one of those is
    std::vector<Move> moves = {};   // of rows that are there already; made in any case
    std::optional<Once> once = {};  // nothing of it is written where it was already
};

// What becomes of a domain's standing, decided within the transaction that has read it.
struct StandingChange {
    bool changed = false;        // false: nothing is written
    Standing standing;
    Report report;
};
// May be called again after a rollback, on the writer's thread: it must not throw or block, and its last call counts.
using Decide = std::function<StandingChange(const Standing&)>;

struct WriteMeter;

// What a store that servers share needs to know besides its URL; SQLite uses none of it.
struct Options {
    std::string server = {};          // this server's name among them; "": the host's
    std::string password_file = {};   // a file with the password in its first line
    Seconds lease = 60;               // the work of a server that was not heard of for so long is done by the others
};

enum class Open { create, existing };   // existing: never makes a database (crmrelayctl, crmrelay-bounced -t)

class Store {
public:
    // `url` is sqlite:///ABSOLUTE/PATH or postgresql://USER@HOST:PORT/DATABASE. Brings the schema up to date (create) or checks its version.
    // `meter` counts what the writer does.
    Store(const std::string& url, Open how, Options options = {}, WriteMeter* meter = nullptr);
    ~Store();   // finishes what is queued

    // Writes.
    void record_message(Message message, Done done);          // also ends its domain's row of failures
    void record_report(Report report, Done done);
    void record_refusal(Refusal refusal);                     // lazily: counted; the last one of each domain and reason is kept, and the latest hundred of each
    void purge(Seconds before, Done done);                    // messages relayed, events and finished reports made before that time, in bounded steps

    // One more message handed on for this token on this day (days since the epoch): true while fewer than `limit` were.
    bool count_forward(const std::string& token, Seconds now, int limit);

    void record_spf(SpfChanges changes, Done done);           // in the order of the struct's members, but what is forgotten first

    void record_login(LoginSeen seen);                        // its later success and its later failure are kept
    std::vector<LoginSeen> logins_seen();                     // by login

    // A message of crmrelayctl doctor's own: no domain's counts know it. Erasing it takes its events and reports along. Both are done when they return.
    void record_probe(Message message);
    void erase_probe(const std::string& token);

    // Standings. Two servers that change one at the same time change it one after the other.
    void change_standing(const std::string& domain, Decide decide, Done done);
    Standing standing(const std::string& domain);             // where nothing is known of it: as a domain begins
    std::vector<Standing> standings();                        // all that are known, by domain

    // The outbox.
    std::vector<Outgoing> due(Seconds now, int limit, const std::string& target = std::string(kMailTarget));   // pending rows that are due, oldest first
    // Of a store that servers share: the due rows of a target that are this process's to work on, claiming those that nobody has. Else as due().
    std::vector<Outgoing> claim(Seconds now, int limit, const std::string& target = std::string(kMailTarget));
    // Whether what was claimed is still this process's: renews the claim from time to time, which any server of the store sees. False where the store could not
    // be told for so long that others may have begun on it: what was claimed and not begun is to be forgotten, and claimed again.
    bool keep_claims();
    void leave_claims();                                      // anybody may have them
    std::optional<Seconds> next_due();                        // the earliest next_at of a pending row
    std::optional<Seconds> next_due_after(const std::string& target, Seconds after);
    std::vector<std::pair<std::string, Seconds>> targets_due();   // targets that have pending rows, with the earliest next_at of each
    void move(std::vector<Move> moves, Done done);
    void mark_queued(std::int64_t id, const std::string& queue_id, Seconds now);
    void postpone(std::int64_t id, Seconds next_at, const std::string& error);   // after an attempt: counts it
    void put_off(std::int64_t id, Seconds next_at, const std::string& why);      // without one
    void mark_failed(std::int64_t id, const std::string& error);
    std::optional<Outgoing> find_outgoing(std::int64_t id);
    std::optional<Outgoing> find_outgoing_by_queue_id(const std::string& queue_id);   // without mail
    struct OutboxQuery {
        std::optional<std::string> domain = {};
        std::string state = "waiting";   // one of name_of(State), "waiting" for pending and failed, "all"
        int limit = 1000;
    };
    std::vector<Outgoing> outbox(const OutboxQuery& query);   // newest first, without mail
    std::vector<TargetLoad> outbox_load();                    // of each target that has rows pending or failed, by name
    std::vector<Target> targets();                            // those that were ever paused or disabled
    void set_target(const Target& target);

    // By an administrator's hand; how many rows it concerned.
    std::int64_t retry(std::int64_t id, Seconds now);         // due now, as if it were new: pending or failed
    std::int64_t retry_failed(const std::string& domain, Seconds now);   // "": of every domain
    std::int64_t drop(std::int64_t id);
    std::int64_t drop_failed(const std::string& domain);

    // Notices.
    std::vector<HeldNotices> held_notices(const std::string& domain, std::int64_t from_day, std::int64_t before_day);   // by day and cause
    std::int64_t written_once(const std::string& name);       // the period of the last report of this name; -1: there was none

    // Removes what is kept of one recipient, in bounded steps (store/forget.hh), and takes what was deleted out of the file. Throws std::runtime_error;
    // what was removed by then stays removed.
    Forgotten forget(const std::string& address);

    // Reads.
    std::optional<Message> find_message(const std::string& token);
    std::vector<Message> find_by_message_id(const std::string& message_id, int limit);   // newest first
    std::vector<Message> find_by_queue_id(const std::string& queue_id, int limit);       // newest first
    std::optional<Event> find_event(const std::string& id);
    std::vector<Event> events_of(const std::string& token);                              // oldest first
    std::vector<Outgoing> outgoing_of(const std::string& token);                         // oldest first, without mail
    struct EventQuery {
        std::optional<std::string> domain = {};
        std::optional<std::string> type = {};
        Seconds since = 0;
        int limit = 1000;
    };
    std::vector<Event> events(const EventQuery& query);                                  // newest first
    std::vector<Used> used_since(const std::string& domain, Seconds since);              // messages relayed, oldest minute first
    Counts counts(const std::string& domain, Seconds day_of);
    std::optional<Refusal> last_refusal(const std::string& domain);
    std::vector<Refusal> refusals_of(const std::string& id);                             // by Postfix's queue id or instance, newest first: of the latest
    std::vector<Refusal> latest_refusals(const std::string& domain, int limit);          // newest first; "": of what no domain is concerned in
    std::optional<Message> last_relayed(const std::string& domain);
    std::int64_t outbox_depth(const std::string& domain);                                // pending rows; "" for all
    std::int64_t dead_letters(const std::string& domain);                                // failed ones
    std::vector<SpfVerdict> spf_verdicts(int limit);                                     // the latest first
    std::vector<SpfName> spf_names();                                                    // by name
    // What reports about a domain are made of, since a time. `each` is called with a row at a time, on the caller's thread, whatever the store holds; it must not throw.
    void each_activity(const std::string& domain, Seconds since, const std::function<void(const Activity&)>& each);                   // oldest first
    void each_event(const std::string& domain, Seconds since, const std::function<void(const Event&)>& each);                         // oldest first; without token, matched_by, dedupe
    void each_bounced_recipient(const std::string& domain, Seconds since, const std::function<void(const BouncedRecipient&)>& each);   // most bounces first
    std::vector<OutboxCount> outbox_counts(const std::string& domain, Seconds since);    // what waits or is a dead letter, however old; of the rest what was made since then
    void check_writable();                                                               // a transaction that changes nothing

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crmrelay::store
