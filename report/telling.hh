// SPDX-License-Identifier: BSD-2-Clause
//
// Decides what a message to a bounce address leads to: events, and who is to be told. It reads the store and writes nothing but forward counts; the
// plan is written by whoever asked, as one.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.hh"
#include "bounce/correlate.hh"
#include "bounce/reading.hh"
#include "report/mailbox.hh"
#include "report/outgoing.hh"
#include "store/store.hh"

namespace crmrelay::report {

struct Delivery {
    std::string_view sender;      // envelope sender; empty: null
    std::string_view recipient;
    std::string_view message;
    bool truncated = false;       // the message was longer
    base::Seconds now = 0;
};

struct Plan {
    store::Report report;         // may be empty: nothing to write
    bool refused_later = false;   // the address is not (any more) one of ours: 451
};

class Telling {
public:
    // `settle` waits, bounded, until a mail that is being submitted has its queue id in the store.
    Telling(store::Store& store, std::function<void()> settle) : store_(store), settle_(std::move(settle)) {}

    // Throws std::runtime_error where the store does.
    Plan plan(const Mailboxes& mailboxes, const Delivery& delivery);
    // A plan did not become durable: what it would have told is told another time.
    void not_written();

private:
    struct Context;
    struct Found;

    bool within_limit(Context& context, const conf::Domain& who, std::string_view token);
    void of_report(Context& context, const bounce::Report& report, const bounce::Reading& reading);
    void of_other_mail(Context& context, const bounce::Reading& reading);
    void of_double_bounce(Context& context);
    void of_record(Context& context, const bounce::Report& report, const bounce::Reading& reading, const store::Message& record, bounce::Via via, const std::vector<bounce::Match>& matches);
    std::vector<std::string> add_events(Context& context, const bounce::Reading& reading, const store::Message& record);
    void of_archive(Context& context, const conf::Domain& entry, const store::Message& record);
    Found find_records(const Context& context, const bounce::Report& report);
    bool ours_failed(Context& context, const bounce::Report& report);
    void blame(Context& context, const conf::Domain& entry, const store::Event& bounce);
    bool has_too_many(const store::Message& record);

    store::Store& store_;
    std::function<void()> settle_;
    base::Guarded<std::set<std::string>> blamed_;   // domain, cause and day that the administrators were told of
};

}  // namespace crmrelay::report
