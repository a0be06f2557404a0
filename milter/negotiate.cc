// SPDX-License-Identifier: BSD-2-Clause
//
// The choice of options. libmilter itself answers for steps whose answer we renounce where the MTA cannot renounce it (SMFIP_NR_*).
#include "milter/negotiate.hh"

#include <libmilter/mfapi.h>

namespace crmrelay::milter {

namespace {

// The end of the header is useless, too, but without it libmilter knows no way from DATA to the end of a message that has no header field, and never
// answers there.
constexpr unsigned long kUseless = SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOUNKNOWN;
constexpr unsigned long kUnanswered = SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH;

constexpr StageMacros kMacros[] = {
    {SMFIM_CONNECT, "{client_addr} {client_port}"},
    {SMFIM_ENVFROM, "{client_addr} {client_port} {daemon_port} {auth_authen} {tls_version}"},
    {SMFIM_ENVRCPT, "{rcpt_mailer}"},
    {SMFIM_DATA, "i"},
    {SMFIM_EOM, "i"},
};

}  // namespace

base::Result<Options> negotiate(const Options& offered) {
    if (!(offered.actions & SMFIF_CHGFROM))
        return base::Error{"this MTA does not let a milter change the envelope sender (SMFIF_CHGFROM): Postfix 2.6 or newer with milter_protocol = 6 is needed"};
    return Options{SMFIF_CHGFROM | (offered.actions & SMFIF_SETSYMLIST), (offered.steps & kUseless) | kUnanswered};
}

std::span<const StageMacros> wanted_macros() { return kMacros; }

}  // namespace crmrelay::milter
