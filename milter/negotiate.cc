// SPDX-License-Identifier: BSD-2-Clause
//
// The choice of options. libmilter itself answers for steps whose answer we renounce where the MTA cannot renounce it (SMFIP_NR_*).
#include "milter/negotiate.hh"

#include <fmt/format.h>
#include <libmilter/mfapi.h>

namespace crmrelay::milter {

namespace {

// The end of the header is useless, too, but without it libmilter knows no way from DATA to the end of a message that has no header field, and never
// answers there.
constexpr unsigned long kUseless = SMFIP_NOUNKNOWN;
// HELO is answered: Postfix keeps what needs no answer in its buffer, and a session that ends before MAIL would never be seen.
constexpr unsigned long kUnanswered = SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH;

constexpr StageMacros kMacros[] = {
    {SMFIM_CONNECT, "{client_addr} {client_port} {daemon_port}"},
    {SMFIM_HELO, "{tls_version}"},
    {SMFIM_ENVFROM, "{client_addr} {client_port} {daemon_addr} {daemon_port} {auth_authen} {tls_version}"},
    {SMFIM_ENVRCPT, "{rcpt_mailer}"},
    {SMFIM_DATA, "i"},
    {SMFIM_EOM, "i"},
};

}  // namespace

base::Result<Options> negotiate(const Options& offered, const Needs& needs) {
    const struct {
        bool needed;
        unsigned long action;
        const char* lack;
    } actions[] = {
        {true, SMFIF_CHGFROM, "change the envelope sender (SMFIF_CHGFROM)"},
        {needs.content, SMFIF_ADDHDRS, "add a header field (SMFIF_ADDHDRS), which `dkim` needs"},
        {needs.removal, SMFIF_CHGHDRS, "remove header fields (SMFIF_CHGHDRS), which `remove_headers` needs"},
        {needs.archive, SMFIF_ADDRCPT_PAR, "add a recipient with parameters (SMFIF_ADDRCPT_PAR), which `archive` needs"},
    };
    Options out{offered.actions & SMFIF_SETSYMLIST, (offered.steps & kUseless) | kUnanswered};
    for (const auto& [needed, action, lack] : actions) {
        if (needed && !(offered.actions & action))
            return base::Error{fmt::format("this MTA does not let a milter {}: Postfix 2.6 or newer with milter_protocol = 6 is needed", lack)};
        out.actions |= offered.actions & action;   // unneeded ones cost nothing, and a reload may bring their need
    }
    if (needs.content) out.steps |= (offered.steps & SMFIP_HDR_LEADSPC) | SMFIP_NR_BODY;
    else out.steps |= offered.steps & SMFIP_NOBODY;
    return out;
}

std::span<const StageMacros> wanted_macros() { return kMacros; }

}  // namespace crmrelay::milter
