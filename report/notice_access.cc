// SPDX-License-Identifier: BSD-2-Clause
//
// Who came and should not have: a wrong password, and a From domain that nobody configured.
#include "report/event_document.hh"
#include "report/failure_lines.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

NoticeText password_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const auto attempt = event.failure("/auth");
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", domain), fmt::arg("login", attempt.login)); };
    NoticeText out;
    out.subject = say(tr("{domain}: the CRM's login {login} is refused"));
    out.paragraphs = {say(tr("A client in the networks of {domain} tried the login {login} and was refused:")), failure_lines(w, {attempt}), remedy_of(w, "password"),
                      event.flag("/counts") ? tr("Each such attempt counts as a failure of this domain (suspend.count has \"password\").")
                                            : tr("It does not count as a failure: other customers of the same CRM have the same addresses, and any of them can send a wrong password. This is told once a day."),
                      tr("If your CRM sends as it should, somebody else is guessing: nothing needs to be done.")};
    return out;
}

NoticeText unconfigured_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const auto say = [&](const std::string& text) { return filled(text, fmt::arg("domain", domain), fmt::arg("name", event.text("/from_domain"))); };
    NoticeText out;
    out.subject = say(tr("{domain}: a user of the CRM writes as {name}, which is not configured"));
    out.paragraphs = {say(tr("A session with a login of {domain} sent a message whose From domain is {name}. It was refused, since no domain of that name is configured:")),
                      failure_lines(w, {event.failure("/refusal")}),
                      say(tr("If this is one of your domains, add this domain: a [domain.\"{name}\"] of its own, or its name in `also` of {domain}. Every domain needs its own settings.")),
                      tr("If it is not, a user of the CRM has chosen a wrong sender address: the CRM's own log names the user.")};
    return out;
}

}  // namespace crmrelay::report
