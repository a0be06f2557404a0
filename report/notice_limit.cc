// SPDX-License-Identifier: BSD-2-Clause
//
// A domain's limits: 80 % and 100 % of what its logins may send.
#include "report/event_document.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

NoticeText limit_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const bool hour = event.text("/limit/window") == "hour", reached = event.flag("/limit/reached");
    const auto most = event.number("/limit/most"), used = event.number("/limit/used");
    const auto login = event.text("/limit/login"), free_at = w.time(event.text("/limit/free_at"));
    const auto who = login.empty() ? domain : filled(tr("The login {login} of {domain}"), fmt::arg("login", login), fmt::arg("domain", domain));
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("login", login), fmt::arg("used", used), fmt::arg("most", most), fmt::arg("key", hour ? "per_hour" : "per_day"),
                      fmt::arg("window", hour ? tr("hour") : tr("day")), fmt::arg("free_at", free_at), fmt::arg("who", who));
    };
    NoticeText out;
    out.subject = say(reached ? tr("{domain}: the limit of {most} messages within one {window} is reached") : tr("{domain}: 80 % of the limit of {most} messages within one {window}"));
    if (!login.empty()) out.subject += say(tr(", login {login}"));
    out.paragraphs = {say(reached ? tr("{who} has had {used} messages relayed within one {window}, which is the limit ({key} = {most}).")
                                  : tr("{who} has had {used} messages relayed within one {window}; the limit is {most} ({key}).")),
                      say(reached ? tr("Further ones get a temporary refusal, 451 4.7.1 [crmrelay:limit]: the CRM is asked to try them again later. There is room again at {free_at}.")
                                  : tr("Nothing is refused yet. Beyond the limit messages get a temporary refusal, 451 4.7.1 [crmrelay:limit], and the CRM is asked to try them again later.")),
                      say(tr("Is this more than the CRM should send? Then a password may be stolen: see the log (relayed, login=, client=) and make a new one with `crmrelayctl login add`. "
                             "Is it right? Then raise {key} in limits of this domain."))};
    return out;
}

}  // namespace crmrelay::report
