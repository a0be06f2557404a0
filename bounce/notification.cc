// SPDX-License-Identifier: BSD-2-Clause
//
// Notifications as results: what a delivery report would say.
#include "bounce/notification.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/explanation.hh"
#include "bounce/find_address.hh"
#include "bounce/reply.hh"
#include "bounce/sns.hh"
#include "bounce/statuses.hh"

namespace crmrelay::bounce {

namespace {

Action action_of(const Sns& sns, const SnsRecipient& said) {
    if (sns.kind == Sns::Kind::delivery) return Action::delivered;
    if (sns.kind != Sns::Kind::bounce) return Action::unknown;
    return base::iequals(said.action, "delayed") || sns.bounce_type == "Delayed" ? Action::delayed : Action::failed;
}

Result result_of(const Sns& sns, const SnsRecipient& said) {
    Result result;
    result.recipient = find_address(said.address);
    result.reporting_mta = sns.reporting_mta;
    result.date = sns.timestamp;
    result.action = action_of(sns, said);
    std::string_view diagnostic = sns.kind == Sns::Kind::delivery ? sns.smtp_response : said.diagnostic;
    if (base::istarts_with(diagnostic, "smtp;")) diagnostic.remove_prefix(5);
    result.diagnostic = base::trim(diagnostic);
    result.status = result.action == Action::delivered ? status_in(result.diagnostic) : better_status(status_in(said.status), result.diagnostic);
    result.code = last_code_in(result.diagnostic);
    if (sns.kind == Sns::Kind::complaint) {
        result.judgement = {Reason::feedback, "other", "recipient", "feedback: " + base::neuter(sns.feedback_type, 64), "very", 70};
    } else {
        const auto around = look_around(sns.bounce_subtype);
        result.judgement = judge({result.action, result.status, result.code, result.diagnostic, &around});
    }
    return result;
}

}  // namespace

Reading read_notification(std::string_view text) {
    Reading reading;
    const auto sns = read_sns(text);
    for (const auto& said : sns.recipients) reading.results.push_back(result_of(sns, said));
    if (reading.results.empty()) return reading;
    reading.reader = "amazon sns";
    reading.message_id = clean_id(sns.message_id);
    reading.feedback_type = base::neuter(sns.feedback_type, 64);
    const bool delayed = std::all_of(reading.results.begin(), reading.results.end(), [](const Result& result) { return result.action == Action::delayed; });
    reading.kind = sns.kind == Sns::Kind::complaint ? ReadingKind::complaint
                   : sns.kind == Sns::Kind::delivery ? ReadingKind::success
                   : sns.kind == Sns::Kind::none     ? ReadingKind::none
                   : delayed                         ? ReadingKind::delayed
                                                     : ReadingKind::bounce;
    return reading;
}

}  // namespace crmrelay::bounce
