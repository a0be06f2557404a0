// SPDX-License-Identifier: BSD-2-Clause
//
// Rows for the outbox: who gets what. A row is made here and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/mailbox.hh"
#include "report/wording.hh"
#include "store/store.hh"

namespace crmrelay::report {

// Where a report about this record goes.
struct Destination {
    enum class Kind { nobody, mailbox, admins };
    Kind kind = Kind::nobody;
    std::string mailbox;
    std::string_view why;   // where it is no mailbox: keep, null-sender, loop
};

// `entry` is the record's domain, or who speaks for the bounce address where the domain is not configured any more.
Destination destination_of(const store::Message& record, const conf::Domain& entry, const Mailboxes& mailboxes);

store::Outgoing make_outgoing(store::Outgoing::Kind kind, std::string_view domain, std::string_view token, std::string recipient, std::string mail, base::Seconds now);

// One row for each administrator with a notice made for it. `cause`: see store::Outgoing; "" where it is told in any case.
std::vector<store::Outgoing> to_admins(store::Outgoing::Kind kind, const conf::Domain& entry, const Mailboxes& mailboxes, std::string_view token, const NoticeText& text,
                                       std::string_view cause, base::Seconds now);

// The message as it came, to each of `recipients`.
std::vector<store::Outgoing> passed_on(const conf::Domain& entry, const std::vector<std::string>& recipients, std::string_view token, std::string_view message, int hops,
                                       base::Seconds now);

// A row for each event that its domain's webhook asks for.
void add_webhooks(store::Report& report, const Mailboxes& mailboxes, base::Seconds now);

// What is told where a hand-back or a forwarded message is finally not delivered: an event, and a notice to the administrators. Of a notice: nothing.
struct Refused {
    std::string status, diagnostic, remote_mta;
    int code = 0;
    enum class By { recipient_server, own_postfix, receiver } by = By::recipient_server;
    int days = 0;          // for how many it was tried; 0: it was refused for good
};
// A webhook answered 410 and is disabled.
std::vector<store::Outgoing> notice_of_gone(const store::Outgoing& row, const conf::Domain& entry, const Mailboxes& mailboxes, std::string_view answer, base::Seconds now);

store::Report report_of_failure(const store::Outgoing& row, const store::Message* record, const conf::Domain& entry, const Mailboxes& mailboxes, const Refused& refused,
                                base::Seconds now);

}  // namespace crmrelay::report
