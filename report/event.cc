// SPDX-License-Identifier: BSD-2-Clause
//
// Two events are one where the hash over what they say is one: who, what, why, and when the reporting server tried.
#include "report/event.hh"

#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::ordered_json;

// Lengths stand before the values, so that no two lists of values give one text.
std::string key_of(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values) text.append(std::to_string(value.size())).append(":").append(value);
    return base::hex(base::as_text(base::sha256(text)));
}

Json message_of(const store::Message& record) {
    Json headers = Json::object();
    for (const auto& [name, value] : record.headers) headers[name] = value;
    return {{"token", record.token},   {"queue_id", record.queue_id},
            {"message_id", record.message_id}, {"sender", record.sender},
            {"from", record.from},     {"relayed_at", base::rfc3339(record.relayed_at)},
            {"headers", std::move(headers)}};
}

Json failure_of(const Failure& failure) {
    Json out = {{"recipient", failure.recipient},   {"action", failure.action},
                {"status", failure.status},         {"code", failure.code},
                {"diagnostic", failure.diagnostic}, {"remote_mta", failure.remote_mta},
                {"reason", bounce::name_of(failure.judgement.reason)}, {"class", failure.judgement.verdict},
                {"fault", failure.judgement.fault},   {"rule", failure.judgement.rule},
                {"sure", failure.judgement.sure},          {"soft_count", 0},
                {"matched_by", failure.matched_by}};
    if (failure.truncated) out["truncated"] = true;
    return out;
}

// What the event does to its recipient's count of soft failures. Only what came to the message's own return path counts: anybody who received the
// mail can tell the rest.
store::Event::Counts counts_of(const store::Event& event, const bounce::Judgement& judgement) {
    using enum store::Event::Counts;
    if (event.matched_by != name_of(bounce::Via::return_path)) return nothing;
    if (event.type == "delivered" && event.action == name_of(bounce::Action::delivered)) return delivery;
    if (event.type != "bounce" || event.action != name_of(bounce::Action::failed)) return nothing;
    return judgement.verdict == "soft" ? soft_failure : failure;
}

std::string_view type_of(bounce::Action action) {
    switch (action) {
        case bounce::Action::delayed: return "delay";
        case bounce::Action::delivered:
        case bounce::Action::relayed:
        case bounce::Action::expanded: return "delivered";
        case bounce::Action::failed:
        case bounce::Action::unknown: break;
    }
    return "bounce";
}

}  // namespace

std::string fresh_name() { return base::base32(base::random_octets(16)); }

store::Event make_event(std::string_view type, std::string_view domain, const store::Message* record, const Failure& failure, const std::vector<std::string>& dedupe,
                        base::Seconds now) {
    store::Event event;
    event.id = "evt_" + fresh_name();
    event.time = now;
    event.type = type;
    event.domain = domain;
    if (record) event.token = record->token;
    event.recipient = failure.recipient;
    event.status = failure.status;
    event.action = failure.action;
    event.diagnostic = failure.diagnostic;
    event.matched_by = failure.matched_by;
    event.dedupe = key_of(dedupe);
    Json document = {{"type", event.type}, {"id", event.id}, {"time", base::rfc3339(now)}, {"domain", event.domain}};
    if (record) document["message"] = message_of(*record);
    document["failure"] = failure_of(failure);
    event.document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    event.counts = counts_of(event, failure.judgement);
    // The failure is the document's last member, and a quote within a text is escaped: the last of these is the key.
    constexpr std::string_view kCount = "\"soft_count\":0";
    if (const auto at = event.document.rfind(kCount); at != std::string::npos) event.count_at = at + kCount.size() - 1;
    return event;
}

store::Event event_of_report(const bounce::Report& report, const bounce::RecipientReport& said, const bounce::Result* read, const store::Message& record,
                             const store::Recipient& recipient, bounce::Via via, bool archive, bool truncated, base::Seconds now) {
    Failure failure;
    failure.recipient = recipient.address;
    failure.action = name_of(said.action);
    failure.status = said.status;
    failure.code = said.code;
    failure.diagnostic = base::neuter(said.diagnostic, bounce::kMaxDiagnostic);
    failure.remote_mta = base::neuter(said.remote_mta, bounce::kMaxReportValue);
    if (read != nullptr) {
        failure.status = read->status;
        failure.code = read->code;
        failure.diagnostic = read->diagnostic;
        failure.judgement = read->judgement;
    } else {
        failure.judgement = bounce::judge({said.action, said.status, said.code, said.diagnostic});
    }
    failure.matched_by = name_of(via);
    failure.truncated = truncated || report.truncated;
    const std::vector<std::string> dedupe = {record.token,    base::lower(recipient.address), failure.action,       said.status,
                                             said.diagnostic, report.reporting_mta,           report.arrival_date, said.last_attempt};
    return make_event(archive ? "archive" : type_of(said.action), record.domain, &record, failure, dedupe, now);
}

store::Event event_of_reading(const bounce::Reading& reading, const bounce::Result& result, const store::Message& record, std::string_view recipient, bounce::Via via,
                              bool truncated, base::Seconds now) {
    Failure failure;
    failure.recipient = recipient;
    if (result.action != bounce::Action::unknown) failure.action = name_of(result.action);
    failure.status = result.status;
    failure.code = result.code;
    failure.diagnostic = result.diagnostic;
    failure.remote_mta = result.remote_mta;
    failure.judgement = result.judgement;
    failure.matched_by = name_of(via);
    failure.truncated = truncated || reading.truncated;
    const std::string_view type = reading.kind == bounce::ReadingKind::complaint   ? "complaint"
                                  : reading.kind == bounce::ReadingKind::autoreply ? "autoreply"
                                                                                   : type_of(result.action);
    const std::vector<std::string> dedupe = {record.token, base::lower(failure.recipient), std::string(type), failure.action, result.status, result.diagnostic, result.date};
    return make_event(type, record.domain, &record, failure, dedupe, now);
}

}  // namespace crmrelay::report
