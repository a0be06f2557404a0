// SPDX-License-Identifier: BSD-2-Clause
//
// A recipient's server says that the sending side is at fault: what each cause usually means, and what to look at. The report's own words are quoted, and
// never believed for more than telling.
#include "report/event_document.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

// The cause is a reason of bounce/reason.hh.
const char* blame_remedy(std::string_view cause) {
    if (cause == "blocked" || cause == "badreputation")
        return N_("Your server's address, or your domain, is on a blocklist or has a bad name there. See which address Postfix sends from (`postconf smtp_bind_address inet_interfaces`), "
                  "look it up at the list that the answer names, and ask for its removal when the cause is mended.");
    if (cause == "norelaying")
        return N_("That server says that it does not take mail for this recipient's domain from you. See whether Postfix sends to the right server (`postconf relayhost transport_maps`); "
                  "where it does, the recipient's side is set wrong.");
    if (cause == "requireptr")
        return N_("That server wants a name for your server's address: a PTR record whose name leads back to the address. Ask who gives you the address; `postconf myhostname smtp_helo_name` shows the name that "
                  "Postfix says.");
    if (cause == "authfailure")
        return N_("SPF, DKIM or DMARC of your domain did not pass there. `crmrelayctl dns {domain}` shows the records that belong there.");
    if (cause == "failedstarttls" || cause == "securityerror")
        return N_("That server wants TLS, or another kind of it: `postconf smtp_tls_security_level smtp_tls_policy_maps`.");
    return N_("That server's policy refuses you. Its answer above may say why, and whom to ask.");
}

}  // namespace

NoticeText blame_text(const Wording& w, const std::string& domain, std::string_view document) {
    const auto& tr = w.tr;
    const EventDocument event(document);
    const auto cause = event.text("/cause"), server = event.text("/failure/remote_mta"), diagnostic = event.text("/failure/diagnostic");
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", domain), fmt::arg("cause", cause), fmt::arg("recipient", event.text("/failure/recipient")));
    };
    NoticeText out;
    out.subject = say(tr("{domain}: a recipient's server blames the sending side ({cause})"));
    out.paragraphs = {say(tr("A message of {domain} to {recipient} was not delivered, and the report says that the sending side is at fault:")),
                      server.empty() ? "  " + diagnostic : fmt::format("  {}: {}", server, diagnostic), say(tr(blame_remedy(cause))),
                      say(tr("Nothing is suspended, and this counts as no failure: anybody who received a message can send such a report. Each cause is told once a day; "
                             "all failures are in `crmrelayctl bounces --domain {domain}`."))};
    return out;
}

}  // namespace crmrelay::report
