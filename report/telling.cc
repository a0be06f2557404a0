// SPDX-License-Identifier: BSD-2-Clause
//
// Reports at a token address or at the bare prefix, and mail there that is none. Nothing that a report says sends mail to the CRM unless it names a
// recipient that the record holds.
#include "report/telling.hh"

#include <algorithm>
#include <map>

#include "base/text.hh"
#include "bounce/address.hh"
#include "bounce/rewrite.hh"
#include "report/event.hh"
#include "report/log.hh"
#include "report/mail.hh"
#include "report/telling_context.hh"

namespace crmrelay::report {

namespace {

constexpr int kBlocksMost = 10;      // of one report about one recipient: its address may stand for a list, and a forged report may repeat it without end
constexpr int kDomainShare = 10;       // forward_limit's worth that a bounce domain may have where mail names no message
constexpr int kResendsMost = 100;   // records with one Message-ID that are looked at, the newest ones

bounce::Sent sent_of(const store::Message& record) {
    bounce::Sent sent;
    for (const auto& recipient : record.recipients) sent.push_back({recipient.address, recipient.orcpt});
    return sent;
}

// The archive's copy is the last recipient of the record.
bool is_archive(const store::Message& record, std::size_t recipient) { return !record.archive.empty() && recipient + 1 == record.recipients.size(); }

std::string joined(const std::vector<std::string>& values) {
    std::string out;
    for (const auto& value : values) out += (out.empty() ? "" : ",") + value;
    return out;
}

}  // namespace

struct Telling::Found {
    std::vector<store::Message> records;   // newest first
    bounce::Via via = bounce::Via::return_path;
};

void Telling::Context::tell_admins(const conf::Domain& who, std::string_view token, Stray why, std::string detail) {
    const StrayMail mail{who.name, std::string(delivery.recipient), std::string(delivery.sender), std::move(detail), delivery.message, delivery.truncated, hops};
    log::no_event(who.name, token, delivery.sender, name_of(why), joined(mailboxes.admins_of(who)));
    add(to_admins(store::Outgoing::Kind::forward, who, mailboxes, token, stray_text(wording_of(&who), why, mail), name_of(why), delivery.now));
}

void Telling::Context::forward(const conf::Domain& who, const std::vector<std::string>& recipients, std::string_view token, std::string_view why) {
    log::no_event(who.name, token, delivery.sender, why, joined(recipients));
    add(passed_on(who, recipients, token, delivery.message, hops, delivery.now));
}

Plan Telling::plan(const Mailboxes& mailboxes, const Delivery& delivery) {
    Context context{mailboxes, delivery, mailboxes.find(delivery.recipient), hops_of(delivery.message), {}};
    if (!context.mailbox.domain) {
        context.plan.refused_later = true;
        return std::move(context.plan);
    }
    const auto& entry = context.entry();
    if (context.hops > kHopsMost) {
        // Once more to the administrators, whose copy has a hop more: where that comes round too, it ends here.
        if (context.hops == kHopsMost + 1)
            context.tell_admins(entry, context.mailbox.token, Stray::hops);
        else
            log::dropped(entry.name, context.mailbox.token, delivery.sender, "hops");
        return std::move(context.plan);
    }
    switch (context.mailbox.kind) {
        case Mailbox::Kind::admin: context.forward(entry, mailboxes.admins_of(entry), "", "postmaster"); break;
        case Mailbox::Kind::double_bounce: of_double_bounce(context); break;
        default: {
            const auto message = bounce::scan(delivery.message);
            const auto report = bounce::read_report(message);
            const auto reading = bounce::read_bounce(message, report ? &*report : nullptr);
            if (report && !report->recipients.empty())
                of_report(context, *report, reading);
            else
                of_other_mail(context, reading);
        }
    }
    return std::move(context.plan);
}

// A token address names its record; at the bare prefix the report's envelope id does, else the Message-ID of what it returns. There a record counts only
// where this address is its own domain's.
Telling::Found Telling::find_records(const Context& context, const bounce::Report& report) {
    Found found;
    const auto take = [&](std::optional<store::Message> record) {
        if (record) found.records.push_back(std::move(*record));
    };
    if (context.mailbox.kind == Mailbox::Kind::token) {
        take(store_.find_message(context.mailbox.token));
        return found;
    }
    const auto belongs = [&](const store::Message& record) {
        const auto* entry = context.mailboxes.domain_named(record.domain);
        return !entry || (entry->return_path && entry->return_path->domain == context.entry().return_path->domain);
    };
    found.via = bounce::Via::envelope_id;
    const auto token = base::lower(base::trim(report.original_envelope_id));
    if (token.size() == kTokenLength) take(store_.find_message(token));
    std::erase_if(found.records, [&](const auto& record) { return !belongs(record); });
    if (!found.records.empty() || report.original.message_id.empty()) return found;
    found.via = bounce::Via::message_id;
    found.records = store_.find_by_message_id(report.original.message_id, kResendsMost);
    std::erase_if(found.records, [&](const auto& record) { return !belongs(record); });
    return found;
}

// Anyone can write to a bounce address, and who received one message knows its token: what is passed on unasked is bounded a day. What is beyond is logged, and
// the administrators hear of it once that day.
bool Telling::within_limit(Context& context, const conf::Domain& who, std::string_view token) {
    const auto& delivery = context.delivery;
    const int most = context.mailboxes.config().service.forward_limit;
    const std::string key = token.empty() ? "domain " + who.name : std::string(token);
    if (store_.count_forward(key, delivery.now, token.empty() ? most * kDomainShare : most)) return true;
    log::dropped(who.name, token, delivery.sender, "forward-limit");
    if (store_.count_forward("told " + key, delivery.now, 1))
        context.tell_admins(who, token, Stray::forward_limit);
    return false;
}

void Telling::of_report(Context& context, const bounce::Report& report, const bounce::Reading& reading) {
    const Found found = find_records(context, report);
    std::vector<bounce::Sent> candidates;
    for (const auto& record : found.records) candidates.push_back(sent_of(record));
    std::map<std::size_t, std::vector<bounce::Match>> by_record;
    for (const auto& match : bounce::correlate(report, candidates)) by_record[match.candidate].push_back(match);
    if (by_record.empty() && !within_limit(context, context.entry(), context.mailbox.token)) return;
    if (by_record.empty())
        return context.tell_admins(context.entry(), context.mailbox.token, Stray::no_match);
    for (const auto& [candidate, matches] : by_record) of_record(context, report, reading, found.records[candidate], found.via, matches);
}

void Telling::of_record(Context& context, const bounce::Report& report, const bounce::Reading& reading, const store::Message& record, bounce::Via via, const std::vector<bounce::Match>& matches) {
    const auto& delivery = context.delivery;
    const auto& entry = context.entry_of(record.domain);
    if (has_too_many(record)) return log::dropped(record.domain, record.token, delivery.sender, "too-many-reports");
    std::vector<std::string> ids;
    bounce::Rewrite rewrite;
    rewrite.keep_recipient.assign(report.recipients.size(), false);
    std::vector<const bounce::Result*> read(report.recipients.size());
    if (reading.kind <= bounce::ReadingKind::success)
        for (const auto& result : reading.results) read.at(result.reported) = &result;
    std::map<std::size_t, int> told;   // blocks about each recipient
    bool archive_failed = false, others = false;
    for (const auto& match : matches) {
        if (++told[match.addressee] > kBlocksMost) continue;
        const bool archive = is_archive(record, match.addressee);
        (archive ? archive_failed : others) = true;
        rewrite.keep_recipient[match.reported] = !archive;
        auto event = event_of_report(report, report.recipients[match.reported], read[match.reported], record, record.recipients[match.addressee], via, archive, delivery.truncated, delivery.now);
        if (!archive) ids.push_back(event.id);   // the hand-back is not about it
        blame(context, entry, event);
        context.plan.report.events.push_back(std::move(event));
    }
    if (archive_failed) of_archive(context, entry, record);
    if (!others) return;
    const auto destination = destination_of(record, entry, context.mailboxes);
    const std::size_t first = context.plan.report.outgoing.size();
    if (destination.kind == Destination::Kind::nobody) return log::no_event(record.domain, record.token, delivery.sender, destination.why, "");
    if (destination.kind == Destination::Kind::mailbox) {
        const auto& path = entry.return_path ? *entry.return_path : *context.entry().return_path;
        rewrite.our_address = path.address(record.token);
        rewrite.original_address = destination.mailbox;
        rewrite.token = record.token;
        if (!record.envid.empty()) rewrite.original_envid = record.envid;
        rewrite.added_headers = {hop_header(context.hops + 1)};
        rewrite.truncated = delivery.truncated;
        if (const auto mail = bounce::rewrite_report(delivery.message, report, rewrite))
            context.add({make_outgoing(store::Outgoing::Kind::handback, record.domain, record.token, destination.mailbox, with_crlf(*mail), delivery.now)});
        else
            context.tell_admins(entry, record.token, Stray::no_handback, mail.error());
    } else {
        context.tell_admins(entry, record.token, Stray::loop, record.sender);
    }
    for (std::size_t i = first; i < context.plan.report.outgoing.size(); ++i) context.plan.report.outgoing[i].event_ids = ids;
}

// The copy is the company's own affair: the CRM, which has not asked for it, is not told.
void Telling::of_archive(Context& context, const conf::Domain& entry, const store::Message& record) {
    context.tell_admins(entry, record.token, Stray::archive, record.archive);
}

// Someone answers, or a bounce that is no report: the CRM gets it as it is, at most forward_limit a day.
void Telling::of_other_mail(Context& context, const bounce::Reading& reading) {
    const auto record = context.mailbox.kind == Mailbox::Kind::token ? store_.find_message(context.mailbox.token) : std::nullopt;
    const auto& who = record ? context.entry_of(record->domain) : context.entry();
    if (!within_limit(context, who, record ? std::string_view(record->token) : std::string_view())) return;
    if (!record) return context.forward(context.entry(), context.mailboxes.admins_of(context.entry()), "", "no-report");
    const auto& entry = context.entry_of(record->domain);
    const auto ids = add_events(context, reading, *record);
    const auto first = context.plan.report.outgoing.size();
    const auto destination = destination_of(*record, entry, context.mailboxes);
    if (destination.kind == Destination::Kind::mailbox)
        context.forward(entry, {destination.mailbox}, record->token, "no-report");
    else if (within_limit(context, entry, ""))
        context.forward(entry, context.mailboxes.admins_of(entry), record->token, destination.why);
    for (std::size_t i = first; i < context.plan.report.outgoing.size(); ++i) context.plan.report.outgoing[i].event_ids = ids;
}

// A bounce in words names its recipients, and each counts where the record holds it; a complaint or an auto-reply is about the message, whose
// recipient it need not name: a list's member may answer.
std::vector<std::string> Telling::add_events(Context& context, const bounce::Reading& reading, const store::Message& record) {
    const auto& delivery = context.delivery;
    const bool of_message = reading.kind == bounce::ReadingKind::complaint || reading.kind == bounce::ReadingKind::autoreply;
    std::vector<std::string> ids;
    std::map<std::string, int> told;
    for (const auto& result : reading.results) {
        const auto same = [&](const store::Recipient& recipient) { return bounce::same_mailbox(result.recipient, recipient.address); };
        const auto held = std::find_if(record.recipients.begin(), record.recipients.end(), same);
        if (held != record.recipients.end() && is_archive(record, static_cast<std::size_t>(held - record.recipients.begin()))) continue;
        if (held == record.recipients.end() && !of_message) continue;
        const auto only = record.recipients.size() == 1 ? std::string_view(record.recipients[0].address) : std::string_view();
        const auto recipient = held != record.recipients.end() ? std::string_view(held->address) : only;
        if (++told[std::string(recipient)] > kBlocksMost) continue;
        auto event = event_of_reading(reading, result, record, recipient, bounce::Via::return_path, delivery.truncated, delivery.now);
        ids.push_back(event.id);
        blame(context, context.entry_of(record.domain), event);
        context.plan.report.events.push_back(std::move(event));
    }
    return ids;
}

}  // namespace crmrelay::report
