// SPDX-License-Identifier: BSD-2-Clause
//
// What each cause usually means, and what to look at. The report's own words are quoted, and never believed for more than telling.
#include "report/notice_blame.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::json;

std::string said(const Json& value, const char* key) {
    const auto at = value.find(key);
    return at != value.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// The cause is a reason of bounce/reason.hh.
const char* remedy_of(std::string_view cause) {
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

base::Result<NoticeWords> words_about_blame(const store::Event& event, std::string_view domain, const base::Translation& tr) {
    const auto document = Json::parse(event.document, nullptr, false);
    if (!document.is_object() || !document.contains("failure") || said(document, "cause").empty()) return base::Error{fmt::format("event {} is damaged: it has no cause", event.id)};
    const auto& failure = document["failure"];
    const auto cause = said(document, "cause");
    const auto server = said(failure, "remote_mta");
    const auto name = fmt::arg("domain", domain);
    NoticeWords out;
    out.subject = fmt::format(fmt::runtime(tr("{domain}: a recipient's server blames the sending side ({cause})")), name, fmt::arg("cause", cause));
    out.paragraphs.push_back(fmt::format(fmt::runtime(tr("A message of {domain} to {recipient} was not delivered, and the report says that the sending side is at fault:")), name,
                                         fmt::arg("recipient", said(failure, "recipient"))));
    out.paragraphs.push_back(server.empty() ? said(failure, "diagnostic") : fmt::format("{}: {}", server, said(failure, "diagnostic")));
    out.paragraphs.push_back(fmt::format(fmt::runtime(tr(remedy_of(cause))), name));
    out.paragraphs.push_back(fmt::format(fmt::runtime(tr("Nothing is suspended, and this counts as no failure: anybody who received a message can send such a report. Each cause is told once a day; "
                                                         "all failures are in `crmrelayctl bounces --domain {domain}`.")), name));
    return out;
}

}  // namespace crmrelay::report
