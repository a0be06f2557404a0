// SPDX-License-Identifier: BSD-2-Clause
//
// Failures in a row, and suspensions: their begin and their end.
#include "report/event_document.hh"
#include "report/failure_lines.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

std::string where_mail_goes(const Wording& w, bool falls_back) {
    return falls_back ? w.tr("As its vendor says, the CRM now sends directly from its own servers: this mail does not pass your server, is not signed by it, and no copy of it reaches the archive.")
                      : w.tr("No page of the vendor says that the CRM sends by itself meanwhile: it may keep its mail and try again, or drop it.");
}

// `count` failures of one row, of which the latest are listed.
std::string reason_of_last(const std::vector<store::Failure>& failures) { return failures.empty() ? std::string() : failures.back().reason; }

// The stored words of a suspension by strikes are English, as clients are told them; by hand they are the administrator's own.
std::string why_of(const Wording& w, const EventDocument& event, const std::vector<store::Failure>& failures) {
    if (event.text("/suspension/by") != "strikes" || failures.empty()) return event.text("/suspension/why");
    const auto count = static_cast<long>(failures.size());
    return filled(w.tr.plural("one failure today ({reason})", "{count} failures in a row today, the last one: {reason}", count), fmt::arg("count", count), fmt::arg("reason", reason_of_last(failures)));
}

}  // namespace

NoticeText strike_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const auto count = static_cast<long>(event.number("/strike/in_a_row"));
    const auto after = static_cast<long>(event.number("/policy/after"));
    const auto reason = event.text("/strike/last/reason");
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("count", count), fmt::arg("reason", reason), fmt::arg("after", after), fmt::arg("zone", w.zone.name()));
    };
    NoticeText out;
    out.subject = say(tr.plural("{domain}: sending has failed once today ({reason})", "{domain}: sending has failed {count} times in a row today ({reason})", count));
    out.paragraphs = {say(tr.plural("Your CRM's mail for {domain} was refused once today:", "Your CRM's mail for {domain} was refused {count} times in a row today:", count)),
                      failure_lines(w, event.failures("/strike/failures")), remedy_of(w, reason),
                      after > 0 ? say(tr("After {after} failures in a row in one day this domain is suspended until the next day ({zone})."))
                                : tr("Nothing is suspended (suspend.after is 0): each message is refused until this is mended, and may be lost.")};
    return out;
}

NoticeText suspended_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const auto failures = event.failures("/failures");
    const auto until = w.time(event.text("/suspension/until")), why = why_of(w, event, failures);
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", domain), fmt::arg("until", until), fmt::arg("why", why)); };
    NoticeText out;
    out.subject = say(until.empty() ? tr("{domain}: relaying is suspended until somebody resumes it") : tr("{domain}: relaying is suspended until {until}"));
    out.paragraphs.push_back(say(until.empty() ? tr("Relaying for {domain} is suspended until somebody resumes it: {why}.") : tr("Relaying for {domain} is suspended until {until}: {why}.")) + " " +
                             tr("Until then messages of this domain get a temporary refusal with [crmrelay:suspended]; other domains are not concerned."));
    if (!failures.empty()) {
        out.paragraphs.push_back(tr("The failures:") + "\n" + failure_lines(w, failures));
        out.paragraphs.push_back(remedy_of(w, reason_of_last(failures)));
    }
    out.paragraphs.push_back(where_mail_goes(w, event.flag("/policy/falls_back")));
    out.paragraphs.push_back((until.empty() ? "" : tr("It resumes by itself then.") + " ") + say(tr("When the cause is mended, resume it at once: `crmrelayctl resume {domain}`")));
    return out;
}

NoticeText resumed_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const bool by_itself = event.text("/by") == "midnight";
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("time", w.time(event.text("/time"))), fmt::arg("since", w.time(event.text("/suspension/since"))),
                      fmt::arg("why", event.text("/suspension/why")));
    };
    NoticeText out;
    out.subject = say(tr("{domain}: relaying has resumed"));
    out.paragraphs = {say(by_itself ? tr("The suspension of {domain} has ended by itself, at {time}.") : tr("An administrator has ended the suspension of {domain}, at {time}.")),
                      say(tr("It had been suspended since {since}. Reason on record:\n    {why}")),
                      say(tr("Messages of this domain are relayed again if they keep its rules. Mail that the CRM sent by its own servers meanwhile is in no record and no archive here.")),
                      say(tr("If the cause is not mended, the same failures will suspend the domain again: `crmrelayctl status {domain}` shows them."))};
    return out;
}

}  // namespace crmrelay::report
