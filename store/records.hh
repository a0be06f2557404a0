// SPDX-License-Identifier: BSD-2-Clause
//
// What the store remembers, as values. Times are seconds since the epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hh"

namespace crmrelay::store {

using base::Seconds;

struct Recipient {
    std::string address;   // as the CRM wrote it in RCPT TO, without angles
    std::string orcpt;     // RFC 3461 ORCPT as given ("rfc822;user+2Bx@dest.test"), or empty
    std::string notify;    // RFC 3461 NOTIFY as given, or empty
};

// A relayed message: durable before the milter says accept.
struct Message {
    std::string token;         // lower case
    Seconds relayed_at = 0;
    std::string domain;        // the entry's name
    std::string queue_id;
    std::string message_id;    // with its angles, as the header has it
    std::string sender;        // the CRM's own return path, without angles
    std::string envid;         // the CRM's own ENVID (xtext as given), or empty
    std::string ret;           // the CRM's own RET, or empty
    std::string from;          // the RFC5322.From address
    std::string login;
    std::string client;        // address
    std::uint64_t size = 0;    // octets as declared by SIZE=; 0 where not declared
    std::vector<Recipient> recipients;
    std::string archive;       // the last of the recipients where it is the domain's archive and not the CRM's wish; or empty
    std::vector<std::pair<std::string, std::string>> headers;   // chosen CRM headers
};

// Something that happened to a message after it was relayed. `document` is the JSON document of webhooks and crmrelayctl.
struct Event {
    std::string id;            // "evt_" and 26 letters of base32
    Seconds time = 0;
    std::string type;          // bounce, delay, delivered, …
    std::string domain;
    std::string token;         // empty where it belongs to no message
    std::string recipient;
    std::string status;        // enhanced status code
    std::string action;        // failed, delayed, …
    std::string diagnostic;    // one line
    std::string matched_by;    // return-path, envelope-id, message-id
    std::string dedupe;        // two events with one such key are one event
    std::string document;

    // What it does to the count of its recipient's soft failures in a row, by the event's own transaction; not stored.
    enum class Counts { nothing, soft_failure, failure, delivery };
    Counts counts = Counts::nothing;
    std::size_t count_at = 0;  // where in `document` the octet "0" stands that the count replaces; 0: nowhere
};

// The domain of a probe's record: reserved (RFC 2606), so that no entry, count, standing or webhook is ever its own.
constexpr std::string_view kProbeDomain = "probe.invalid";

constexpr std::string_view kMailTarget = "mail";
std::string webhook_target(std::string_view domain);   // "webhook:example.com"

// A report that must reach somebody. Rows are written with their events, and leave `pending` only when done.
struct Outgoing {
    enum class Kind { handback, forward, notice, webhook };
    enum class State { pending, queued, delivered, failed, dropped };   // queued: Postfix has it; delivered: the receiver of a webhook does; failed: a dead letter

    std::int64_t id = 0;       // given by the store
    Kind kind = Kind::handback;
    State state = State::pending;
    std::string domain;
    std::string token;         // empty where it belongs to no message
    std::vector<std::string> event_ids;
    std::string target = std::string(kMailTarget);   // whose turn and trouble it shares
    std::string recipient;     // mailbox, without angles; of a webhook its URL when the row was written
    std::string mail;          // the whole message, CRLF; empty for a notice about an event, whose words bounced makes; of a webhook the event's document, until it is delivered
    Seconds created_at = 0;
    Seconds since = 0;         // from when its days are counted, after which it fails; 0: created_at
    Seconds next_at = 0;       // when it is due
    int attempts = 0;
    std::string queue_id;      // Postfix's, once queued
    std::string last_error;
    std::optional<Seconds> waits_until;   // of rows read by target: an earlier row of the same token and target is pending, and due then

    // Not kept. Of mail to administrators that tells of a cause: it is written where its domain and day have none of this cause yet; what comes beyond is
    // counted instead, and kept as one of HeldNotices. Rows of one report with one cause are one. An empty cause: it is always written.
    std::string cause;         // "no-match", "limit hour crm@example.com", …
    std::int64_t day = 0;      // the domain's own, counted from 1970-01-01
    std::string headline;      // what it would have been about, in the domain's language; empty where its event says it
};

// Notices of one cause and day that were not written, since that day had one.
struct HeldNotices {
    static constexpr std::size_t kept = 5;   // of them in full

    struct One {
        Seconds at = 0;
        std::string event_id, headline;
    };
    std::string cause;
    std::int64_t day = 0;
    std::int64_t count = 0;
    std::vector<One> first;    // oldest first
};

// What becomes of a row.
struct Move {
    std::int64_t id = 0;
    Outgoing::State state = Outgoing::State::pending;
    Seconds at = 0;            // when it is due again, or when it was done
    std::string text;          // the queue id of one that is queued; else what went wrong
    bool attempted = true;     // of one that stays pending: this counts as an attempt
};

// A target that is asked for nothing, for a while or until an administrator says otherwise.
struct Target {
    std::string name;
    std::string url;           // that it is about; another URL of the same target is not concerned
    Seconds paused_until = 0;
    Seconds disabled_at = 0;   // 0: it is not
    std::string reason;
};

// How much a target still has to be told.
struct TargetLoad {
    std::string target;
    std::int64_t pending = 0, failed = 0;   // rows; failed: dead letters
    Seconds oldest = 0;                     // when the first of the pending ones was made; 0: there is none
};

// What was removed of one recipient.
struct Forgotten {
    std::int64_t messages = 0;        // whose only recipient it was: removed
    std::int64_t recipients = 0;      // places in the records of messages that have others, too
    std::int64_t headers = 0;         // kept header fields that named it
    std::int64_t events = 0;          // about it: removed
    std::int64_t mentions = 0;        // in texts of other rows: replaced
    std::vector<Outgoing> reports;    // rows of the outbox, without mail: removed; those that were pending will never be told
    std::int64_t return_paths = 0;    // kept: a CRM's return path that holds it, of a message to others
    bool purged = false;              // nothing of it is left in the store's files
    std::string not_purged;           // else: why
};

// The row by which a webhook is told this event.
Outgoing webhook_row(const Event& event, std::string url, Seconds now);

// Counts of one domain on one UTC day.
struct Counts {
    std::int64_t relayed = 0, refused = 0, observed = 0, bounced = 0;
};

constexpr Seconds kQuarter = 900;   // a quarter of an hour, of which days of every time zone have whole ones

// What was done for a domain within a quarter of an hour.
struct Activity {
    Seconds at = 0;            // its beginning
    std::string kind;          // relayed, refused, or observed (observe mode: nothing was refused)
    std::string reason;        // of the latter two: network, login, tls, …
    std::int64_t amount = 0;
};

// A recipient whose mail came back.
struct BouncedRecipient {
    std::string address;
    std::int64_t count = 0;
    Seconds last = 0;
};

// Reports of one kind in one state.
struct OutboxCount {
    std::string kind, state;   // as name_of() has them
    std::int64_t count = 0;
    Seconds oldest = 0;        // when the oldest of them was made
};

// Messages of a domain and a login within one minute.
struct Used {
    Seconds at = 0;            // its beginning
    std::string login;         // as its messages' records spell it
    std::int64_t messages = 0;
};

struct Refusal {
    std::string domain;
    Seconds time = 0;
    bool observed = false;     // observe mode: nothing was refused
    std::string reason;        // network, login, tls, from, …
    std::string text;          // what the client was told
    std::string client, login;
    bool counted = true;       // in the day's counts of its domain, and as its last one
    // Facts for who asks later why.
    bool proved = false;       // the session proved itself the domain's own
    std::string tls = {};      // protocol version, or empty
    std::string from = {};     // the From field, or empty: it had not come
    std::string queue_id = {}, instance = {};   // Postfix's names of the message; either may be empty
    std::string why = {};      // what failed beside the reason, in words
};

// A refusal that counts against its domain.
struct Failure {
    Seconds time = 0;
    std::string reason;        // network, tls, …
    std::string text;          // what the client was told
    std::string client, login, queue_id;
};

// How a domain stands. Days are the domain's own, counted from 1970-01-01.
struct Standing {
    std::string domain;
    std::int64_t day = -1;     // that the next three are of
    int today = 0;             // failures
    int in_a_row = 0;          // failures since the last relayed message
    std::vector<Failure> failures;   // the latest of the row, oldest first
    std::int64_t warned_on = -1, told_on = -1, password_on = -1;   // days on which the administrators had a notice: of a second failure, of a third, of a wrong password
    Seconds suspended_at = 0;  // 0: it is not
    Seconds until = 0;         // 0: until somebody resumes it
    std::string why;
    bool by_hand = false;

    bool is_suspended(Seconds now) const { return suspended_at != 0 && (until == 0 || now < until); }
};

// When a login last went well, and when it last failed. Of logins that the administrator has made or named, never of a stranger's inventions.
struct LoginSeen {
    std::string login;           // lower case
    Seconds succeeded_at = 0;    // 0: never
    std::string succeeded_from;  // the client's address
    Seconds failed_at = 0;       // 0: never
    std::string failed_from;
    std::string failed_why;      // "wrong-password", "no-tls", …
};

// What an SPF name said of a client, and until when that needs no new question.
struct SpfVerdict {
    std::string name, client;
    bool passed = false;
    Seconds checked_at = 0, good_until = 0;
};

// How the look-ups of an SPF name go.
struct SpfName {
    std::string name;
    Seconds answered_at = 0;     // the last time that it had a valid record; 0: never
    Seconds failing_since = 0;   // 0: it does not fail
    std::string last_error;      // kept after the failure is over
    bool refused = false;        // it passes everyone
    Seconds probed_at = 0;       // when that was last looked at
    std::int64_t clients = 0;    // addresses that it passes, of those that came
};

// What has changed of both since the last time.
struct SpfChanges {
    std::vector<SpfVerdict> verdicts;
    std::vector<std::pair<std::string, std::string>> forgotten;   // name, client
    std::vector<SpfName> names;
    std::vector<std::string> forgotten_names;                     // with all their verdicts

    bool empty() const { return verdicts.empty() && forgotten.empty() && names.empty() && forgotten_names.empty(); }
};

std::string_view name_of(Outgoing::Kind kind);
std::string_view name_of(Outgoing::State state);

}  // namespace crmrelay::store
