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

void add_webhooks(store::Report& report, const Mailboxes& mailboxes, base::Seconds now) {
    for (const auto& event : report.events)
        if (const auto* entry = mailboxes.domain_named(event.domain); entry && entry->webhook && entry->webhook->wants(event.type))
            report.outgoing.push_back(store::webhook_row(event, entry->webhook->url, now));
}

namespace {

std::vector<store::Outgoing> notice_of_undelivered_webhook(const store::Outgoing& row, const conf::Domain& entry, const Mailboxes& mailboxes, const Refused& refused,
                                                           base::Seconds now) {
    NoticeText text;
    text.subject = fmt::format("{}: an event could not be told to the webhook", row.domain);
    text.paragraphs = {fmt::format("An event of {} was to be told to {}, and could not be.", row.domain, row.recipient),
                       fmt::format("Cause: {} did not take it:\n    {}", refused.by, refused.diagnostic),
                       fmt::format("It is kept as a dead letter, as further ones of today are, of which there is no notice. What to do: mend the receiver, see whether it takes a sample with "
                                   "`crmrelayctl webhook test {0}`, then send what is kept with `crmrelayctl outbox retry --all --domain {0}`, or drop it with `crmrelayctl outbox drop`.", row.domain)};
    return to_admins(store::Outgoing::Kind::notice, entry, mailboxes, row.token, text, now);
}

}  // namespace

std::vector<store::Outgoing> notice_of_gone(const store::Outgoing& row, const conf::Domain& entry, const Mailboxes& mailboxes, std::string_view answer, base::Seconds now) {
    NoticeText text;
    text.subject = fmt::format("{}: the webhook answered 410 Gone and is disabled", row.domain);
    text.paragraphs = {fmt::format("The receiver of the webhook of {}, {}, answered that it is gone for good:\n    {}", row.domain, row.recipient, answer),
                       "Nothing is sent there any more. Events are kept as dead letters in the outbox; bounces are handed back to the CRM as before.",
                       fmt::format("What to do: configure another url, or take the webhook out of the configuration. Where the answer was a mistake: `crmrelayctl webhook enable {0}`, and then "
                                   "`crmrelayctl outbox retry --all --domain {0}` sends what is kept.", row.domain)};
    return to_admins(store::Outgoing::Kind::notice, entry, mailboxes, "", text, now);
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
    const bool webhook = row.kind == store::Outgoing::Kind::webhook;
    const std::string_view type = handback ? "handback-failed" : webhook ? "webhook-failed" : "forward-failed";
    out.events.push_back(make_event(type, row.domain, record, failure, {std::string(type), std::to_string(row.id), std::to_string(row.created_at)}, now));

    if (webhook) {
        out.outgoing = notice_of_undelivered_webhook(row, entry, mailboxes, refused, now);
        for (auto& notice : out.outgoing) notice.event_ids.push_back(out.events.front().id);
        return out;
    }
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
