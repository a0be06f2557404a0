// SPDX-License-Identifier: BSD-2-Clause
//
// What could not be told: a bounce handed back, mail that was passed on, an event for a webhook.
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

std::string who_refused(const Wording& w, const Refused& refused) {
    const auto& tr = w.tr;
    switch (refused.by) {
        case Refused::By::recipient_server: return refused.remote_mta.empty() ? tr("the recipient's server") : filled(tr("the recipient's server {server}"), fmt::arg("server", refused.remote_mta));
        case Refused::By::own_postfix: return tr("our own Postfix");
        case Refused::By::receiver: return tr("the receiver of the webhook");
    }
    return {};
}

std::string cause_of(const Wording& w, const Refused& refused) {
    const auto who = who_refused(w, refused);
    const auto text = refused.days == 0 ? w.tr("Cause: {who} refused it:\n    {answer}")
                                        : w.tr.plural("Cause: for one day {who} did not take it; the last answer was:\n    {answer}",
                                                      "Cause: for {days} days {who} did not take it; the last answer was:\n    {answer}", refused.days);
    return filled(text, fmt::arg("who", who), fmt::arg("days", refused.days), fmt::arg("answer", refused.diagnostic));
}

void add_traces(const Wording& w, const store::Outgoing& row, NoticeText& into) {
    if (!row.token.empty()) into.paragraphs.push_back(filled(w.tr("Token: {token}"), fmt::arg("token", row.token)));
    if (!row.queue_id.empty()) into.paragraphs.push_back(filled(w.tr("Queue id: {id}"), fmt::arg("id", row.queue_id)));
}

}  // namespace

NoticeText handback_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused) {
    const auto& tr = w.tr;
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", row.domain), fmt::arg("recipient", row.recipient)); };
    NoticeText out;
    out.subject = say(tr("{domain}: a bounce handed back to {recipient} was not delivered"));
    out.paragraphs = {say(tr("A delivery report for mail of {domain} was to be handed back to {recipient}, and could not be delivered there.")), cause_of(w, refused),
                      tr("The CRM goes on sending, and does not know of this failure: it may write to a dead address again."),
                      tr("What to do: see whether that address still takes mail. Where the CRM's own return path is dead, set bounces = \"address:…\" for this domain, so that reports reach a mailbox "
                         "of yours. The failure itself is recorded: see `crmrelayctl bounces` and `crmrelayctl trace`.")};
    add_traces(w, row, out);
    return out;
}

NoticeText forward_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused) {
    const auto& tr = w.tr;
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", row.domain), fmt::arg("recipient", row.recipient)); };
    NoticeText out;
    out.subject = say(tr("{domain}: a message passed on to {recipient} was not delivered"));
    out.paragraphs = {say(tr("A message to a bounce address of {domain} was passed on to {recipient}, and could not be delivered there.")), cause_of(w, refused),
                      tr("What to do: see whether that address still takes mail, and mend the domain's admins or bounces setting.")};
    add_traces(w, row, out);
    return out;
}

NoticeText webhook_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused) {
    const auto& tr = w.tr;
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", row.domain), fmt::arg("url", row.recipient)); };
    NoticeText out;
    out.subject = say(tr("{domain}: an event could not be told to the webhook"));
    out.paragraphs = {say(tr("An event of {domain} was to be told to {url}, and could not be.")), cause_of(w, refused),
                      tr("It is kept as a dead letter, as further ones are. Bounces are handed back to the CRM as before."),
                      say(tr("What to do: mend the receiver, see whether it takes a sample with `crmrelayctl webhook test {domain}`, then send what is kept with "
                             "`crmrelayctl outbox retry --all --domain {domain}`, or drop it with `crmrelayctl outbox drop`."))};
    return out;
}

NoticeText webhook_gone_text(const Wording& w, const store::Outgoing& row, std::string_view answer) {
    const auto& tr = w.tr;
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", row.domain), fmt::arg("url", row.recipient), fmt::arg("answer", answer)); };
    NoticeText out;
    out.subject = say(tr("{domain}: the webhook answered 410 Gone and is disabled"));
    out.paragraphs = {say(tr("The receiver of the webhook of {domain}, {url}, answered that it is gone for good:\n    {answer}")),
                      tr("Nothing is sent there any more. Events are kept as dead letters in the outbox; bounces are handed back to the CRM as before."),
                      say(tr("What to do: configure another url, or take the webhook out of the configuration. Where the answer was a mistake: `crmrelayctl webhook enable {domain}`, and then "
                             "`crmrelayctl outbox retry --all --domain {domain}` sends what is kept."))};
    return out;
}

}  // namespace crmrelay::report
