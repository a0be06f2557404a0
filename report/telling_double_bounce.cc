// SPDX-License-Identifier: BSD-2-Clause
//
// Notices of our own Postfix that a mail from <> could not be delivered (2bounce_notice_recipient). X-Postfix-Queue-ID says which mail; it counts only with
// the recipient that we sent to.
#include <algorithm>

#include "report/log.hh"
#include "report/mail.hh"
#include "report/telling_context.hh"

namespace crmrelay::report {

namespace {

const bounce::RecipientReport* block_of(const bounce::Report& report, std::string_view recipient) {
    const auto found = std::find_if(report.recipients.begin(), report.recipients.end(), [&](const auto& said) {
        return bounce::same_mailbox(said.final_recipient, recipient) || bounce::same_mailbox(said.original_recipient, recipient);
    });
    return found == report.recipients.end() ? nullptr : &*found;
}

}  // namespace

// False where the notice is not about a mail of ours.
bool Telling::ours_failed(Context& context, const bounce::Report& report) {
    if (report.postfix_queue_id.empty()) return false;
    auto row = store_.find_outgoing_by_queue_id(report.postfix_queue_id);
    if (!row && hops_of(report.returned.of(context.delivery.message)) > 0) {
        // Refused faster than its queue id was written: it is ours by its header, so its submission is under way.
        settle_();
        row = store_.find_outgoing_by_queue_id(report.postfix_queue_id);
    }
    if (!row) return false;
    const auto* said = block_of(report, row->recipient);
    const bool local = row->recipient.find('@') == std::string::npos;   // "postmaster": Postfix has added a domain
    if (!said && local && !report.recipients.empty()) said = &report.recipients.front();
    if (!said || said->action == bounce::Action::delayed) return false;

    Refused refused{said->status, said->diagnostic, said->remote_mta, said->code};
    const auto record = row->token.empty() ? std::nullopt : store_.find_message(row->token);
    context.plan.report = report_of_failure(*row, record ? &*record : nullptr, context.entry_of(row->domain), context.mailboxes, refused, context.delivery.now);
    store_.mark_failed(row->id, said->diagnostic);   // repeated without harm where the plan is not written after all
    log::failed(*row, said->diagnostic);
    return true;
}

void Telling::of_double_bounce(Context& context) {
    const auto report = bounce::read_report(context.delivery.message);
    if (report && ours_failed(context, *report)) return;
    const auto former = context.mailboxes.former_double_bounce_recipient();
    log::foreign_double_bounce(report ? report->postfix_queue_id : "", former);
    context.add(passed_on(context.entry(), {former}, "", context.delivery.message, context.hops, context.delivery.now));
}

}  // namespace crmrelay::report
