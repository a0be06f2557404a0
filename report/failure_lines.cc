// SPDX-License-Identifier: BSD-2-Clause
//
// What the client was told stays English, as it was said.
#include "report/failure_lines.hh"

namespace crmrelay::report {

std::string failure_lines(const Wording& w, const std::vector<store::Failure>& failures) {
    std::string out;
    for (const auto& failure : failures) {
        out += fmt::format("{}  {}  {}", out.empty() ? "" : "\n", w.time(failure.time), filled(w.tr("client {address}"), fmt::arg("address", failure.client)));
        if (!failure.login.empty()) out += filled(w.tr(", login {login}"), fmt::arg("login", failure.login));
        if (!failure.queue_id.empty()) out += filled(w.tr(", queue id {id}"), fmt::arg("id", failure.queue_id));
        out += "\n    " + failure.text;
    }
    return out;
}

std::string remedy_of(const Wording& w, std::string_view reason) {
    const auto& tr = w.tr;
    if (reason == "network")
        return tr("The CRM came from an address that is not in this domain's networks: whitelist the CRM's addresses (`crmrelayctl crm` shows what its vendor names), or see who else uses this login.");
    if (reason == "tls") return tr("The CRM did not encrypt: switch TLS (STARTTLS) on in the CRM's relay settings.");
    if (reason == "certificate") return tr("The CRM showed another client certificate, or none: list the new one in certificates, or set it in the CRM again.");
    if (reason == "tenant") return tr("The message names another customer of the CRM than this domain's: compare tenant with what the CRM sends.");
    if (reason == "dkim") return tr("The message has no valid signature aligned with its From domain: switch DKIM signing on in the CRM, and see that its key is published.");
    if (reason == "password") return tr("Check the password that the CRM has; with two-factor authentication it needs an app password. `crmrelayctl login add` makes a new one.");
    return tr("The text above says what is wrong.");
}

}  // namespace crmrelay::report
