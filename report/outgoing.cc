// SPDX-License-Identifier: BSD-2-Clause
//
// A hand-back never goes to an address that comes back here, and a notice that fails makes no notice: the two ways in which mail could go round.
#include "report/outgoing.hh"

#include "base/text.hh"
#include "report/event.hh"
#include "report/mail.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

constexpr std::size_t kHeadlineCap = 300;   // octets

}  // namespace

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
                                       std::string_view cause, base::Seconds now) {
    std::vector<store::Outgoing> rows;
    for (auto& admin : mailboxes.admins_of(entry)) {
        const Notice notice{entry.name, admin, text.subject, text.paragraphs, text.attached, text.hops};
        auto& row = rows.emplace_back(make_outgoing(kind, entry.name, token, admin, compose_notice(notice, now, fresh_name()), now));
        row.cause = cause;
        row.day = entry.timezone.day_of(now);
        row.headline = base::neuter(text.subject, kHeadlineCap);
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

std::vector<store::Outgoing> notice_of_gone(const store::Outgoing& row, const conf::Domain& entry, const Mailboxes& mailboxes, std::string_view answer, base::Seconds now) {
    return to_admins(store::Outgoing::Kind::notice, entry, mailboxes, "", webhook_gone_text(wording_of(&entry), row, answer), "webhook-gone", now);
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

    const auto w = wording_of(&entry);
    const auto text = handback ? handback_failed_text(w, row, refused) : webhook ? webhook_failed_text(w, row, refused) : forward_failed_text(w, row, refused);
    out.outgoing = to_admins(store::Outgoing::Kind::notice, entry, mailboxes, row.token, text, type, now);
    for (auto& notice : out.outgoing) notice.event_ids.push_back(out.events.front().id);
    return out;
}

}  // namespace crmrelay::report
