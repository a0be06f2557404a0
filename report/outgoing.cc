// SPDX-License-Identifier: BSD-2-Clause
//
// A hand-back never goes to an address that comes back here, and a notice that fails makes no notice: the two ways in which mail could go round.
#include "report/outgoing.hh"

#include <fmt/format.h>

#include "report/event.hh"
#include "report/mail.hh"

namespace crmrelay::report {

Destination destination_of(const store::Message& record, const conf::Domain& entry, const Mailboxes& mailboxes) {
    using To = conf::Bounces::To;
    if (entry.bounces.to == To::keep) return {Destination::Kind::nobody, "", "keep"};
    if (record.sender.empty()) return {Destination::Kind::nobody, "", "null-sender"};
    const auto& mailbox = entry.bounces.to == To::address ? entry.bounces.address : record.sender;
    if (mailboxes.ours(mailbox)) return {Destination::Kind::admins, "", "loop"};
    return {Destination::Kind::mailbox, mailbox, ""};
}

store::Outgoing make_outgoing(store::Outgoing::Kind kind, std::string_view domain, std::string_view token, std::string recipient, std::string mail, base::Seconds now) {
    store::Outgoing row;
    row.kind = kind;
    row.domain = domain;
    row.token = token;
    row.recipient = std::move(recipient);
    row.mail = std::move(mail);
    row.created_at = row.next_at = now;
    return row;
}

std::vector<store::Outgoing> to_admins(store::Outgoing::Kind kind, const conf::Domain& entry, const Mailboxes& mailboxes, std::string_view token, const NoticeText& text,
                                       base::Seconds now) {
    std::vector<store::Outgoing> rows;
    for (auto& admin : mailboxes.admins_of(entry)) {
        const Notice notice{entry.name, admin, text.subject, text.paragraphs, text.attached, text.hops};
        rows.push_back(make_outgoing(kind, entry.name, token, admin, compose_notice(notice, now, fresh_name()), now));
    }
    return rows;
}

std::vector<store::Outgoing> passed_on(const conf::Domain& entry, const std::vector<std::string>& recipients, std::string_view token, std::string_view message, int hops,
                                       base::Seconds now) {
    std::vector<store::Outgoing> rows;
    const std::string mail = pass_on(message, hops + 1);
    for (const auto& recipient : recipients) rows.push_back(make_outgoing(store::Outgoing::Kind::forward, entry.name, token, recipient, mail, now));
    return rows;
}

store::Report report_of_failure(const store::Outgoing& row, const store::Message* record, const conf::Domain& entry, const Mailboxes& mailboxes, const Refused& refused,
                                base::Seconds now) {
    store::Report out;
    if (row.kind == store::Outgoing::Kind::notice) return out;
    const bool handback = row.kind == store::Outgoing::Kind::handback;
    Failure failure;
    failure.recipient = row.recipient;
    failure.action = "failed";
    failure.status = refused.status;
    failure.code = refused.code;
    failure.diagnostic = refused.diagnostic;
    failure.remote_mta = refused.remote_mta;
    failure.matched_by = "queue-id";
    const std::string_view type = handback ? "handback-failed" : "forward-failed";
    out.events.push_back(make_event(type, row.domain, record, failure, {std::string(type), std::to_string(row.id), std::to_string(row.created_at)}, now));

    NoticeText text;
    text.subject = fmt::format("{}: a {} to {} was not delivered", row.domain, handback ? "bounce handed back" : "message passed on", row.recipient);
    text.paragraphs.push_back(handback ? fmt::format("A delivery report for mail of {} was to be handed back to {}, and could not be delivered there.", row.domain, row.recipient)
                                       : fmt::format("A message to a bounce address of {} was passed on to {}, and could not be delivered there.", row.domain, row.recipient));
    text.paragraphs.push_back(fmt::format("Cause: {} refused it{}{}:\n    {}", refused.by, refused.remote_mta.empty() ? "" : " at ", refused.remote_mta, refused.diagnostic));
    text.paragraphs.push_back(handback ? "What to do: see whether that address still takes mail. Where the CRM's own return path is dead, set bounces = \"address:…\" for this domain, so "
                                         "that reports reach a mailbox of yours. The failure itself is recorded: see `crmrelayctl bounces` and `crmrelayctl trace`."
                                       : "What to do: see whether that address still takes mail, and mend the domain's admins or bounces setting.");
    if (!row.token.empty()) text.paragraphs.push_back(fmt::format("Token: {}", row.token));
    if (!row.queue_id.empty()) text.paragraphs.push_back(fmt::format("Queue id: {}", row.queue_id));
    out.outgoing = to_admins(store::Outgoing::Kind::notice, entry, mailboxes, row.token, text, now);
    for (auto& notice : out.outgoing) notice.event_ids.push_back(out.events.front().id);
    return out;
}

}  // namespace crmrelay::report
